"""Which delimiter and quoting the lines of a table agree on; for `seqweave init` and for telling formats apart."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from seqweave.core.errors import DataError
from seqweave.data.formats.quotes import Quoting, records
from seqweave.data.receipt import Receipt

_LINES_READ = 100
_CANDIDATES: tuple[tuple[str, Quoting], ...] = (
    ("\t", "none"),
    ("\t", "csv"),
    (",", "csv"),
    (";", "csv"),
    ("|", "csv"),
)


class Dialect(NamedTuple):
    """How a table is written.

    Args:
        delimiter: the character between fields.
        quoting: "csv" or "none", as in recipes.
        width: number of columns, at least 2.
        agreement: share of the lines in records of that width, 0.5 to 1.
    """

    delimiter: str
    quoting: Quoting
    width: int
    agreement: float


def dialect(head: str) -> Dialect | None:
    """The dialect that most of the first 100 lines agree on, or None for what is no table of two columns or more.

    Args:
        head: the beginning of a file; its last line may be cut.
    """
    lines = head.replace("\r\n", "\n").split("\n")
    whole = [line for line in lines[:-1] if line.strip()][:_LINES_READ] or lines[:1]
    found = [_measured(whole, delimiter, quoting) for delimiter, quoting in _CANDIDATES]
    # The first of equals wins: a table that reads well without quotes has none.
    return max((one for one in found if one), key=lambda one: (round(one.agreement, 1), one.width), default=None)


def _measured(lines: list[str], delimiter: str, quoting: Quoting) -> Dialect | None:
    receipt = Receipt("")
    widths: Counter[int] = Counter()
    try:
        for record in records(enumerate(lines, 1), delimiter, quoting, receipt):
            widths[len(record.fields)] += record.span
    except DataError:
        return None
    width, agreeing = max(widths.items(), key=lambda item: item[1], default=(0, 0))
    agreement = agreeing / len(lines)
    return Dialect(delimiter, quoting, width, agreement) if width >= 2 and agreement > 0.5 else None
