"""TSV: a tab between fields, no quoting (a field may begin with a quotation mark), a first line of column names."""

from __future__ import annotations

from pydantic import Field

from seqweave.data.formats.contract import format  # noqa: A004  # reads as the sentence "@format('tsv')"
from seqweave.data.formats.delimited import DELIMITER_PATTERN, DelimitedFormat
from seqweave.data.formats.dialect import dialect
from seqweave.data.formats.quotes import Quoting


@format("tsv")
class TSVFormat(DelimitedFormat):
    """Tab-separated values; a tab cannot stand in a field."""

    delimiter: str = Field(default="\t", pattern=DELIMITER_PATTERN)
    """The character between two fields."""
    quoting: Quoting = "none"
    """none: quotation marks are ordinary characters; csv: fields may stand in quotation marks (RFC 4180)."""

    @classmethod
    def suits(cls, name: str, head: str) -> float:
        """Sure of a name in .tsv or .tab; else as sure as the lines agree on the number of tabs."""
        if name.lower().endswith((".tsv", ".tab")):
            return 0.95
        found = dialect(head)
        return 0.5 * found.agreement if found and found.delimiter == "\t" else 0.0
