"""The receipt: what became of every line of an input file. Its totals add up, or reading fails."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
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
        on_bad_row: "stop" raises all problems (up to 20 are shown) at `close`; "skip" counts them, and refuses more
            than 1 % of the lines.
    """

    file: str
    on_bad_row: BadRow = "stop"
    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[DataError] = field(default_factory=list)
    notices: dict[str, Notice] = field(default_factory=dict)

    def count(self, what: str, lines: int = 1) -> None:
        """Account for `lines` input lines: "used", "blank", "comment", "header", "windowed" ..."""
        self.counts[what] += lines
        self.lines += lines

    def refuse(self, error: DataError, lines: int = 1) -> None:
        """Account for `lines` refused lines; with "stop", raises once more than 20 problems are known."""
        self.count("refused", lines)
        self.problems.append(error)
        if self.on_bad_row == "stop" and len(self.problems) > PROBLEMS_SHOWN:
            self._raise()

    def notice(self, code: str, what: str, line: int = 0) -> None:
        """Count a warning; the first place is kept."""
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
        refused = self.counts["refused"]
        if self.problems and (self.on_bad_row == "stop" or refused > SKIPPED_SHARE_LIMIT * self.lines):
            self._raise()

    def to_json(self) -> dict[str, Any]:
        """The account as plain values."""
        return {
            "file": self.file,
            "lines": self.lines,
            "counts": dict(sorted(self.counts.items())),
            "refused": [problem.to_json() for problem in self.problems[:PROBLEMS_SHOWN]],
            "notices": [
                {"code": n.code, "what": n.what, "where": str(n.place), "count": n.count} for n in self.notices.values()
            ],
        }

    def _raise(self) -> None:
        raise ProblemsError(self.problems[:PROBLEMS_SHOWN], len(self.problems))
