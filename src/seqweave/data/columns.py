"""Columns being written: one writer for each type of field, streaming flat .npy files through bounded buffers.

Only the distinct strings of a field are kept in memory while a corpus is written, so that it may be larger than memory.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Protocol, TypeVar

import numpy as np

BUFFERED = 1 << 16

Files = Callable[[str], BinaryIO]
V = TypeVar("V", contravariant=True)


class Numbers:
    """A flat .npy array of unknown length, written as its numbers arrive.

    Args:
        typecode: of the `array` module: B, i, q or d.
        file: where it is written; left open.
    """

    def __init__(self, typecode: str, file: BinaryIO) -> None:
        self.typecode, self.file, self.size = typecode, file, 0
        self._buffer = array(typecode)
        self._write_header()

    def extend(self, values: Iterable[Any]) -> None:
        """Append numbers; those beyond 32 bits overflow a column of typecode i."""
        self._buffer.extend(values)
        if len(self._buffer) >= BUFFERED:
            self._flush()

    def finish(self) -> None:
        """Write what is buffered, and the length into the header."""
        self._flush()
        self.file.seek(0)
        self._write_header()
        self.file.flush()

    def _flush(self) -> None:
        self.size += len(self._buffer)
        self.file.write(self._buffer.tobytes())
        del self._buffer[:]

    def _write_header(self) -> None:
        # numpy leaves room in a header for its first axis to grow, so the final header has the length of the first one
        description = {"descr": np.dtype(self.typecode).str, "fortran_order": False, "shape": (self.size,)}
        np.lib.format.write_array_header_1_0(self.file, description)


class Writer(Protocol[V]):
    """Takes the values of one field, example by example."""

    def append(self, value: V) -> None:
        """The field's value in the next example."""

    def finish(self) -> None:
        """Complete the files."""


class ScalarWriter:
    """One number an example, in `<name>.npy`."""

    def __init__(self, name: str, files: Files, typecode: str) -> None:
        self.values = Numbers(typecode, files(f"{name}.npy"))

    def append(self, value: float) -> None:
        """The field's value in the next example."""
        self.values.extend((value,))

    def finish(self) -> None:
        """Complete the files."""
        self.values.finish()


class RaggedWriter:
    """A tuple of numbers an example, end to end in `<name>.npy`, with `<name>.offsets.npy`."""

    def __init__(self, name: str, files: Files, typecode: str) -> None:
        self.values = Numbers(typecode, files(f"{name}.npy"))
        self.offsets = Numbers("q", files(f"{name}.offsets.npy"))
        self.total = 0
        self.offsets.extend((0,))

    def append(self, value: Iterable[Any]) -> None:
        """The field's value in the next example."""
        numbers = array(self.values.typecode, value)
        self.values.extend(numbers)
        self.total += len(numbers)
        self.offsets.extend((self.total,))

    def finish(self) -> None:
        """Complete the files."""
        self.values.finish()
        self.offsets.finish()


class _Ids(dict[str, int]):
    """Ids in the order of first appearance, from 1: id 0 is padding, which no string has."""

    def __missing__(self, string: str) -> int:
        self[string] = number = len(self) + 1
        return number


class StringsWriter:
    """A tuple of strings an example, as ragged ids, with the distinct strings in `<name>.table.json`."""

    def __init__(self, name: str, files: Files) -> None:
        self.rows = RaggedWriter(name, files, "i")
        self.file = files(f"{name}.table.json")
        self.ids = _Ids()

    def append(self, value: tuple[str, ...]) -> None:
        """The field's value in the next example."""
        self.rows.append(map(self.ids.__getitem__, value))

    def finish(self) -> None:
        """Complete the files."""
        self.rows.finish()
        self.file.write(json.dumps(["", *self.ids], ensure_ascii=False).encode())
        self.file.flush()


class TextsWriter:
    """A string an example as UTF-8, stored once where consecutive examples share it (file names, windows of a text)."""

    def __init__(self, name: str, files: Files) -> None:
        self.entries = RaggedWriter(name, files, "B")
        self.rows = Numbers("i", files(f"{name}.rows.npy"))
        self.count, self.last = 0, ""

    def append(self, value: str) -> None:
        """The field's value in the next example."""
        if not self.count or value != self.last:
            self.entries.append(value.encode())
            self.count, self.last = self.count + 1, value
        self.rows.extend((self.count - 1,))

    def finish(self) -> None:
        """Complete the files."""
        self.entries.finish()
        self.rows.finish()


WRITERS: dict[Any, Callable[[str, Files], Writer[Any]]] = {
    str: TextsWriter,
    int: lambda name, files: ScalarWriter(name, files, "q"),
    float: lambda name, files: ScalarWriter(name, files, "d"),
    tuple[str, ...]: StringsWriter,
    tuple[int, ...]: lambda name, files: RaggedWriter(name, files, "i"),
    tuple[float, ...]: lambda name, files: RaggedWriter(name, files, "d"),
}
