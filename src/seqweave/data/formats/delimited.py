"""Tables with a delimiter: the reader that CSV and TSV share (RFC 4180 quotes, or none), strict about every line."""

from __future__ import annotations

import re
from abc import ABC
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from operator import eq
from pathlib import Path

from pydantic import Field

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.formats.contract import Format, Row
from seqweave.data.formats.quotes import DELIMITERS, Quoting, Record, records
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt

DELIMITER_PATTERN = r'^[^"\r\n]$'
"""One character, which is neither a quotation mark nor a line end."""
NAME_LIMIT = 60
"""A column name longer than this is taken for data."""
ALIKE_SHARE = 0.05
"""From this share of records on, those that repeat a column's name in its column show that it is none."""
UNNAMED = "put a line of column names above it, or set data.header: false (true if these are the names)"
_NUMBER = re.compile(r"[-+]?[0-9]+([.,][0-9]+)?")


class DelimitedFormat(Format, ABC):
    """A table: a first line of column names, then one record a line, or several lines inside quotation marks."""

    delimiter: str = Field(pattern=DELIMITER_PATTERN)
    """The character between two fields."""
    quoting: Quoting
    """csv: fields may stand in quotation marks (RFC 4180); none: quotation marks are ordinary characters."""
    header: bool | None = None
    """true: the first line holds column names; false: it is data, and columns are named "0", "1" ...; where not given,
    it holds names, and is refused if it looks like data."""

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the records as rows of strings by column name.

        Raises:
            DataError: if the file has no records, or its column names are missing or wrong.
        """
        table = records(lines(path, encoding, receipt), self.delimiter, self.quoting, receipt)
        first = next(table, None)
        if first is None:
            if receipt.problem_count:
                return
            raise DataError(
                "E-CSV-01",
                "the file holds only blank lines",
                mend="check that it was written",
                place=Place(receipt.file),
            )
        names = self._names(first, receipt)
        rows = table if self.header is not False else chain([first], table)
        alike = 0
        for line, span, fields in rows:
            if len(fields) == len(names):
                receipt.count("used", span)
                if self.header is None and any(map(eq, fields, names)):
                    alike += 1
                    _require_names(names, fields, alike, Place(receipt.file, first.line), receipt)
                yield Row(line, dict(zip(names, fields, strict=True)))
            else:
                receipt.refuse(self._ragged(Place(receipt.file, line), fields, names), span)
        if receipt.without_records:
            raise DataError(
                "E-CSV-02",
                "there is no record after the column names",
                mend="add them, one a line",
                place=Place(receipt.file),
            )

    def _names(self, first: Record, receipt: Receipt) -> list[str]:
        if self.header is False:
            return [str(column) for column in range(len(first.fields))]
        receipt.count("header", first.span)
        place = Place(receipt.file, first.line)
        names = [name.strip() for name in first.fields]
        if names != first.fields:
            receipt.notice("W-CSV-01", "column names are read without the spaces around them", first.line)
        self._check_names(names, place)
        return names

    def _check_names(self, names: list[str], place: Place) -> None:
        row = shown(",".join(names))
        other = next((mark for mark in DELIMITERS if mark in names[0]), None) if len(names) == 1 else None
        if other is not None:
            raise DataError(
                "E-CSV-12",
                f"the table has one column, '{row}'; its delimiter seems to be {DELIMITERS[other]}",
                mend=f'data.delimiter: "{shown(other)}"',
                place=place,
            )
        if "" in names:
            raise DataError(
                "E-CSV-07", f"column {names.index('') + 1} has no name ({row})", mend="give it a name", place=place
            )
        numbered = [str(column) for column in range(len(names))]
        datum = next((name for name in names if _NUMBER.fullmatch(name) or len(name) > NAME_LIMIT), None)
        if self.header is None and datum is not None and names != numbered:
            raise DataError(
                "E-CSV-03",
                f"the first line looks like data, not like column names ({shown(datum)!r})",
                mend=UNNAMED,
                place=place,
            )
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise DataError(
                "E-CSV-06", f"two columns are named {shown(twice[0])!r} ({row})", mend="rename one", place=place
            )

    def _ragged(self, place: Place, fields: list[str], names: list[str]) -> DataError:
        mark = DELIMITERS.get(self.delimiter, repr(self.delimiter))
        what = f"row has {_plural(len(fields), 'field')}, header has {len(names)} ({shown(','.join(names))})"
        if len(fields) < len(names):
            what += f"; the row reads '{shown(self.delimiter.join(fields))}'"
            return DataError("E-CSV-05", what, mend=f"add what is missing, with {mark} between fields", place=place)
        # A sentence that was cut goes on with a space, so the field before such a space is the likely one.
        torn = next((i for i, field in enumerate(fields[1 : len(names) + 1]) if field.startswith(" ")), None)
        where = f" in {shown(names[torn])!r}" if torn is not None else ""
        what += f"; likely {mark}{where} that is part of the text"
        if self.quoting == "csv":
            return DataError("E-CSV-04", what, mend="put the text in double quotes, or set data.delimiter", place=place)
        return DataError("E-CSV-04", what, mend="replace it by a space, or set data.quoting: csv", place=place)


def _require_names(names: list[str], fields: list[str], alike: int, place: Place, receipt: Receipt) -> None:
    """Refuse column names that stand again and again below themselves, as labels in a file without names do.

    Args:
        names: of the columns.
        fields: a record with one of them in its own column.
        alike: how many such records there are so far.
        place: of the names.
        receipt: the account of the file.

    Raises:
        DataError: if they are more than one, and more than one in twenty.
    """
    if alike > 1 and alike > ALIKE_SHARE * receipt.counts["used"]:
        name = next(name for name, value in zip(names, fields, strict=True) if name == value)
        what = f"the first line looks like data: {shown(name)!r} stands below itself in its column"
        raise DataError("E-CSV-03", what, mend=UNNAMED, place=place)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
