"""Records of delimited text: RFC 4180 quotation marks or none, strict, and able to go on after a broken record."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.reading import LINE_LIMIT
from seqweave.data.receipt import Receipt

Quoting = Literal["csv", "none"]

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}


class Record(NamedTuple):
    """The first line of a record, how many lines it spans, and its fields."""

    line: int
    span: int
    fields: list[str]


def records(source: Iterable[tuple[int, str]], delimiter: str, quoting: Quoting, receipt: Receipt) -> Iterator[Record]:
    """Cut numbered lines into records; blank lines and lines that break the quoting are accounted for here.

    A field whose quotation mark is never closed costs its own line only: reading goes on in the line after it.

    Raises:
        DataError: if the first record shows another delimiter.
    """
    stream = _Lines(source)
    for number, text in stream:
        if not text.strip(" "):
            receipt.count("blank")
        elif quoting == "none" or '"' not in text:
            yield Record(number, 1, text.split(delimiter))
        else:
            record = _QuotedRecord(delimiter, first=not receipt.lines)
            try:
                record.complete(number, text, stream)
            except _QuoteError as fault:
                spoilt = sum(line <= record.opened[0] for line, _ in record.taken)
                receipt.refuse(record.error(fault, receipt.file), spoilt)
                if fault.code == "E-CSV-12":
                    raise record.error(fault, receipt.file) from fault
                stream.put_back(record.taken[spoilt:])
            else:
                yield Record(number, len(record.taken), record.fields)


class _Lines(Iterator[tuple[int, str]]):
    """Numbered lines, of which some can be put back."""

    def __init__(self, source: Iterable[tuple[int, str]]) -> None:
        self.source, self.waiting = iter(source), deque[tuple[int, str]]()

    def __next__(self) -> tuple[int, str]:
        return self.waiting.popleft() if self.waiting else next(self.source)

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        self.waiting.extendleft(reversed(lines))


class _QuoteError(Exception):
    """What breaks the quoting, and where in the line taken last; a code where it concerns that line alone."""

    def __init__(self, code: str, what: str, column: int = 0) -> None:
        self.code, self.what, self.column = code, what, column
        super().__init__(what)


class _QuotedRecord:
    """A record in the making: its fields so far, and the parts of a field that is open across lines."""

    def __init__(self, delimiter: str, *, first: bool) -> None:
        self.delimiter, self.first = delimiter, first
        self.fields: list[str] = []
        self.parts: list[str] = []
        self.open = False
        self.opened = (0, 0)
        self.taken: list[tuple[int, str]] = []

    def complete(self, number: int, text: str, stream: _Lines) -> None:
        """Take the line, and as many more as the record needs."""
        size, self.opened = 0, (number, 1)
        while True:
            self.taken.append((number, text))
            size += len(text)
            if size > LINE_LIMIT:
                raise _QuoteError("E-CSV-10", f"the record has more than {LINE_LIMIT:,} characters")
            if self._scan(number, text):
                return
            following = next(stream, None)
            if following is None:
                raise _QuoteError("E-CSV-09", "the file ends inside the field")
            if following[0] != number + 1:
                stream.put_back([following])
                raise _QuoteError("E-CSV-09", f"line {number + 1} cannot be read")
            number, text = following

    def _scan(self, number: int, text: str) -> bool:
        """Read fields from one line; is the record complete with it?"""
        at = 0
        while True:
            if self.open:
                end = _closing(text, at)
                self.parts.append(text[at:] if end < 0 else text[at:end])
                if end < 0:
                    return False
                self._close_field()
                at = end + 1
                if at < len(text) and text[at] != self.delimiter:
                    raise self._after_closing(text, at)
            elif text.startswith('"', at):
                self.open, self.parts, self.opened = True, [], (number, at + 1)
                at += 1
                continue
            else:
                at = self._plain_field(text, at)
            if at == len(text):
                return True
            at += 1

    def _after_closing(self, text: str, at: int) -> _QuoteError:
        rest = f"{shown(text[at:], 20)!r} follows the quotation mark that closes a field"
        other = DELIMITERS.get(text[at])
        if other and self.first and len(self.fields) == 1:
            return _QuoteError("E-CSV-12", f"{rest}; the delimiter seems to be {other}", at + 1)
        return _QuoteError("E-CSV-23", rest, at + 1)

    def _close_field(self) -> None:
        self.fields.append("\n".join(self.parts).replace('""', '"'))
        self.open = False

    def _plain_field(self, text: str, at: int) -> int:
        end = text.find(self.delimiter, at)
        end = len(text) if end < 0 else end
        field = text[at:end]
        if '"' in field:
            column = at + field.index('"') + 1
            raise _QuoteError(
                "E-CSV-17", f"a quotation mark stands inside the unquoted field {shown(field, 40)!r}", column
            )
        self.fields.append(field)
        return end

    def error(self, fault: _QuoteError, file: str) -> DataError:
        """The fault told where it can be mended: where the field was opened that went wrong in a later line."""
        last, text = self.taken[-1]
        line, column = self.opened
        if fault.code == "E-CSV-12":
            mend = f'data.delimiter: "{shown(text[fault.column - 1])}"'
            return DataError(fault.code, fault.what, mend=mend, place=Place(file, last, fault.column))
        if fault.column and line == last:
            mend = 'put the field in quotation marks and double each one inside it (""), or set data.quoting: none'
            return DataError(fault.code, fault.what, mend=mend, place=Place(file, last, fault.column))
        return DataError(
            "E-CSV-10" if fault.code == "E-CSV-10" else "E-CSV-09",
            f"the quotation mark that opens a field here is not closed: {f'in line {last}, ' * bool(fault.column)}"
            + fault.what,
            mend='close the field, double each quotation mark inside it (""), or set data.quoting: none',
            place=Place(file, line, column),
        )


def _closing(text: str, at: int) -> int:
    """Where the next quotation mark stands that is not doubled, or -1."""
    while (end := text.find('"', at)) >= 0 and text.startswith('"', end + 1):
        at = end + 2
    return end
