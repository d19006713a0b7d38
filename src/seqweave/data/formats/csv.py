"""CSV as RFC 4180 has it: commas, quotation marks around fields that need them, a first line of column names."""

from __future__ import annotations

from pydantic import Field

from seqweave.data.formats.contract import format  # noqa: A004  # reads as the sentence "@format('csv')"
from seqweave.data.formats.delimited import DELIMITER_PATTERN, DelimitedFormat
from seqweave.data.formats.dialect import dialect
from seqweave.data.formats.quotes import Quoting


@format("csv")
class CSVFormat(DelimitedFormat):
    """Comma-separated values."""

    delimiter: str = Field(default=",", pattern=DELIMITER_PATTERN)
    """The character between two fields."""
    quoting: Quoting = "csv"
    """csv: fields may stand in quotation marks (RFC 4180); none: quotation marks are ordinary characters."""

    @classmethod
    def suits(cls, name: str, head: str) -> float:
        """Sure of a name in .csv; else as sure as the lines agree on a delimiter other than the tab."""
        if name.lower().endswith(".csv"):
            return 0.95
        found = dialect(head)
        return 0.4 * found.agreement if found and found.delimiter != "\t" else 0.0
