"""The receipt: what became of every line of an input file. Its totals add up, or reading fails."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from seqweave.core.errors import DataError, InternalError, Notice, Place, ProblemsError

PROBLEMS_SHOWN = 20
SKIPPED_SHARE_LIMIT = 0.01

BadRow = Literal["stop", "skip"]


@dataclass(slots=True)
class Receipt:
    """The account of one file.

    Args:
        file: the file, as the recipe names it.
        on_bad_row: "stop" raises all problems (the first 20 are shown) at `close`; "skip" counts them, and refuses
            more than 1 % of the lines.
    """

    file: str
    on_bad_row: BadRow = "stop"
    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[DataError] = field(default_factory=list)
    problem_count: int = 0
    notices: dict[str, Notice] = field(default_factory=dict)
    _last_used: int = 0

    def count(self, what: str, lines: int = 1) -> None:
        """Account for `lines` input lines: "used", "blank", "comment", "header", "windowed" ..."""
        self.counts[what] += lines
        self.lines += lines
        if what == "used":
            self._last_used = lines

    def refuse(self, error: DataError, lines: int = 1) -> None:
        """Account for `lines` refused lines; the error is raised at `close`, or counted, as `on_bad_row` says."""
        self.count("refused", lines)
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(error)

    def reject(self, error: DataError) -> None:
        """Refuse a row of the lines that were counted as used last: its format is sound, but the task cannot use it.

        Where several rows come of one line, the line is refused once.
        """
        self.counts["used"] -= self._last_used
        self.lines -= self._last_used
        self.refuse(error, self._last_used)
        self._last_used = 0

    def absorb(self, other: Receipt) -> None:
        """Take over the account of another file that belongs to this one, such as a side of parallel text."""
        self.counts.update(other.counts)
        self.lines += other.lines
        self.problem_count += other.problem_count
        self.problems += other.problems[: PROBLEMS_SHOWN - len(self.problems)]
        for notice in other.notices.values():
            known = self.notices.get(notice.code, replace(notice, count=0))
            self.notices[notice.code] = replace(known, count=known.count + notice.count)

    def recount(self, what: str) -> None:
        """Account for the lines that were counted as used last as `what`: "windowed", "head-tail"; once a line."""
        self.counts["used"] -= self._last_used
        self.counts[what] += self._last_used
        self._last_used = 0

    @property
    def without_records(self) -> bool:
        """Whether no line so far held a record, sound or not."""
        return not self.problem_count and not any(self.counts[what] for what in ("used", "windowed", "head-tail"))

    def notice(self, code: str, what: str, line: int = 0) -> None:
        """Count a warning; the first place and wording are kept."""
        known = self.notices.get(code)
        place = known.place if known else Place(self.file, line)
        self.notices[code] = Notice(code, known.what if known else what, place, known.count + 1 if known else 1)

    def close(self) -> None:
        """Raise what was collected, and check that the totals add up.

        Raises:
            ProblemsError: if lines were refused and that is not allowed.
        """
        if sum(self.counts.values()) != self.lines:
            raise InternalError("E-RECEIPT-01", f"{self.file}: the receipt does not add up")
        if not self.problem_count:
            return
        if self.on_bad_row == "stop":
            raise ProblemsError(self.problems, self.problem_count)
        refused = self.counts["refused"]
        if refused > SKIPPED_SHARE_LIMIT * self.lines:
            raise ProblemsError([self._too_many(refused), *self.problems], self.problem_count + 1)

    def to_json(self) -> dict[str, Any]:
        """The account as plain values."""
        return {
            "file": self.file,
            "lines": self.lines,
            "counts": dict(sorted(self.counts.items())),
            "refused": [problem.to_json() for problem in self.problems],
            "notices": [notice.to_json() for notice in self.notices.values()],
        }

    def _too_many(self, refused: int) -> DataError:
        return DataError(
            "E-RECEIPT-02",
            f"{refused:,} of {self.lines:,} lines are refused, more than the {SKIPPED_SHARE_LIMIT:.0%} "
            "that may be skipped",
            mend="mend the lines below",
            place=Place(self.file),
        )
