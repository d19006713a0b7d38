"""The tree of errors a user can meet, each with a place, a mend, a stable code and an exit code.

SeqweaveError
├── CommandError        2   the command line is wrong
├── DataError          65   an input file or a request is wrong
├── MissingInputError  66   a file or a run that was named does not exist
├── InternalError      70   our own fault
│   └── ShapeError     70   tensors that do not fit together
├── DiskError          74   the disk is full, or reading or writing failed
├── RecipeError        78   the recipe is wrong
├── StoppedError  130/143   a signal ended the run, after a checkpoint
└── ProblemsError           several of the above, found in one pass (exit code of the first)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

SEEN_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: a file, and a line and a column in characters, from 1 (0 where they do not apply)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [shown(self.file, limit=4096)]
        if self.line:
            parts.append(str(self.line))
        if self.line and self.column:
            parts.append(str(self.column))
        return ":".join(parts)


def shown(text: object, limit: int = SEEN_LIMIT) -> str:
    r"""Text made safe for a terminal: cut to `limit` characters, control and bidi characters as \\xNN or \\uNNNN.

    Example:
        >>> shown("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    string = str(text)
    cut = string if len(string) <= limit else string[: limit - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


class SeqweaveError(Exception):
    """An error a user can act on; prints as `PLACE: what. How to mend: mend. [CODE]`.

    Args:
        code: stable identifier such as `E-CSV-04`, the same in the command line, Python and HTTP.
        what: what is wrong, with what was seen; no full stop at the end.
        mend: one edit or command that mends it; empty where there is none.
        place: where it was found, if anywhere.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, code: str, what: str, *, mend: str = "", place: Place | None = None) -> None:
        self.code, self.what, self.mend, self.place = code, what, mend, place
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        mend = f" How to mend: {self.mend.rstrip('.')}." if self.mend else ""
        return f"{head}{self.what.rstrip('.')}.{mend} [{self.code}]"

    def to_json(self) -> dict[str, str | int]:
        """The same facts as plain values, the shape that HTTP and `--json` show."""
        return {
            "code": self.code,
            "message": self.what,
            "where": str(self.place or ""),
            "fix": self.mend,
            "exit_code": self.exit_code,
        }


class CommandError(SeqweaveError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 2


class DataError(SeqweaveError):
    """An input file, a model folder or a request is malformed."""

    exit_code = 65


class MissingInputError(SeqweaveError):
    """A file, folder or run that was named is not there."""

    exit_code = 66


class InternalError(SeqweaveError):
    """Seqweave itself is at fault."""

    exit_code = 70


class ShapeError(InternalError):
    """Tensors whose shapes do not fit together."""


class DiskError(SeqweaveError):
    """The disk is full, or the operating system refused to read or write."""

    exit_code = 74


class RecipeError(SeqweaveError):
    """The recipe is malformed or asks for something impossible."""

    exit_code = 78


class StoppedError(SeqweaveError):
    """A signal stopped the run; its state was saved first.

    Args:
        signal: the signal's number, 2 (SIGINT) or 15 (SIGTERM); the exit code is 128 more.
        what: what was stopped, and where its state is.
        mend: the command to go on.
    """

    def __init__(self, signal: int, what: str, *, mend: str) -> None:
        self.signal = signal
        super().__init__("E-RUN-01", what, mend=mend)

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # the one error whose exit code depends on its cause
        """128 plus the signal's number, as shells do."""
        return 128 + self.signal


class ProblemsError(SeqweaveError):
    """Several problems found in one pass, shown one a line.

    Args:
        problems: what was found, in order; at least one.
        total: how many there are in all, where more were found than are kept.
    """

    def __init__(self, problems: Sequence[SeqweaveError], total: int | None = None) -> None:
        self.problems = tuple(problems)
        self.total = total or len(self.problems)
        first = self.problems[0]
        super().__init__(first.code, first.what, mend=first.mend, place=first.place)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        if self.total > len(self.problems):
            lines.append(f"... and {self.total - len(self.problems)} more problems.")
        return "\n".join(lines)

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # the group ends as its first problem would
        """The exit code of the first problem."""
        return self.problems[0].exit_code


@dataclass(frozen=True, slots=True)
class Notice:
    """A counted warning: lawful input that is likely wrong, or a choice made for the user.

    Args:
        code: stable identifier such as `W-SPLIT-01`.
        what: one sentence, with numbers.
        place: the first place it was seen.
        count: how often it was seen.
    """

    code: str
    what: str
    place: Place | None = None
    count: int = 1

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        return f"{head}{self.what} [{self.code}]"

    def to_json(self) -> dict[str, str | int]:
        """The same facts as plain values."""
        return {"code": self.code, "what": self.what, "where": str(self.place or ""), "count": self.count}
