"""Columns being written: one writer for each type of field, streaming flat files of numbers through bounded buffers.

A file is named after its field and its numbers (`tokens.int32`, `tokens.offsets.int64`) and holds nothing else. While a
corpus is written, only the distinct strings of a field are kept in memory, so that it may be larger than memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import numpy as np

from seqweave.core.files import to_json

BUFFERED = 1 << 16
TYPECODES: dict[object, str] = {
    str: "B",
    int: "q",
    float: "d",
    tuple[str, ...]: "i",
    tuple[int, ...]: "i",
    tuple[float, ...]: "d",
}
"""What a field of each type is stored as, in the codes of the `array` module."""


class File(Protocol):
    """What a column is written to."""

    def write(self, data: bytes, /) -> int:
        """Add bytes at the end."""


Files = Callable[[str], File]
V = TypeVar("V", contravariant=True)


class NumbersWriter:
    """A flat file of numbers, written as they arrive.

    Args:
        name: of the file, which the type of the numbers is added to.
        files: opens it.
        typecode: of the numbers, in the codes of the `array` module.
    """

    def __init__(self, name: str, files: Files, typecode: str) -> None:
        self.typecode = typecode
        self._file = files(f"{name}.{np.dtype(typecode).name}")
        self._buffer = array(typecode)

    def extend(self, values: Iterable[Any]) -> None:
        """Append numbers; those beyond 32 bits overflow a column of typecode i."""
        self._buffer.extend(values)
        if len(self._buffer) >= BUFFERED:
            self.finish()

    def finish(self) -> None:
        """Write what is buffered."""
        self._file.write(self._buffer.tobytes())
        del self._buffer[:]


class Writer(Protocol[V]):
    """Takes the values of one field, example by example."""

    def append(self, value: V) -> None:
        """The field's value in the next example."""

    def finish(self) -> None:
        """Write what is buffered."""


class ScalarWriter:
    """One number an example."""

    def __init__(self, name: str, files: Files, typecode: str) -> None:
        self.values = NumbersWriter(name, files, typecode)

    def append(self, value: float) -> None:
        """The field's value in the next example."""
        self.values.extend((value,))

    def finish(self) -> None:
        """Write what is buffered."""
        self.values.finish()


class RaggedWriter:
    """A tuple of numbers an example, end to end with where each example begins."""

    def __init__(self, name: str, files: Files, typecode: str) -> None:
        self.values = NumbersWriter(name, files, typecode)
        self.offsets = NumbersWriter(f"{name}.offsets", files, "q")
        self.total = 0
        self.offsets.extend((0,))

    def append(self, value: Iterable[Any]) -> None:
        """The field's value in the next example."""
        numbers = array(self.values.typecode, value)
        self.values.extend(numbers)
        self.total += len(numbers)
        self.offsets.extend((self.total,))

    def finish(self) -> None:
        """Write what is buffered."""
        self.values.finish()
        self.offsets.finish()


class _Ids(dict[str, int]):
    """Ids in the order of first appearance, from 1: id 0 is padding, which no string has."""

    def __missing__(self, string: str) -> int:
        self[string] = number = len(self) + 1
        return number


class StringsWriter:
    """A tuple of strings an example, as ragged ids, and a table of the distinct ones."""

    def __init__(self, name: str, files: Files) -> None:
        self.rows = RaggedWriter(name, files, TYPECODES[tuple[str, ...]])
        self._file = files(f"{name}.table.json")
        self.ids = _Ids()

    def append(self, value: tuple[str, ...]) -> None:
        """The field's value in the next example."""
        self.rows.append(map(self.ids.__getitem__, value))

    def finish(self) -> None:
        """Write what is buffered."""
        self.rows.finish()
        self._file.write(to_json(["", *self.ids]).encode())


class TextsWriter:
    """A string an example as UTF-8, stored once where consecutive examples share it (file names, windows of a text)."""

    def __init__(self, name: str, files: Files) -> None:
        self.entries = RaggedWriter(name, files, TYPECODES[str])
        self.rows = NumbersWriter(f"{name}.rows", files, "i")
        self.count = 0
        self.last: str | None = None

    def append(self, value: str) -> None:
        """The field's value in the next example."""
        if value != self.last:
            self.entries.append(value.encode())
            self.count, self.last = self.count + 1, value
        self.rows.extend((self.count - 1,))

    def finish(self) -> None:
        """Write what is buffered."""
        self.entries.finish()
        self.rows.finish()


def column_writer(hint: object, name: str, files: Files) -> Writer[Any]:
    """The writer for a field of this type, which is a key of `TYPECODES`."""
    if hint is str:
        return TextsWriter(name, files)
    if hint == tuple[str, ...]:
        return StringsWriter(name, files)
    typecode = TYPECODES[hint]
    return ScalarWriter(name, files, typecode) if hint in (int, float) else RaggedWriter(name, files, typecode)
