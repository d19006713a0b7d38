"""A corpus: Examples as flat arrays and offsets, in memory or memory-mapped, and back again without loss.

Strings inside tuples are interned: a column of tokens is a table of distinct forms and one flat array of ids, so that
anything computed from a form alone (word id, characters, affixes) is computed once per form. Entry 0 of every table is
the empty string and stands for padding; an empty token has an entry of its own.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np

from seqweave.core import files
from seqweave.core.errors import DataError, Place
from seqweave.core.json_text import parse_json, read_json
from seqweave.core.sequences import Made
from seqweave.data.columns import TYPECODES, Files, column_writer

FORMAT = 1
GATHERED_ROWS = 1 << 16

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different lengths in one flat array.

    Args:
        values: all rows, end to end. Shape (total,).
        offsets: row r is `values[offsets[r]:offsets[r + 1]]`. Shape (rows + 1,), int64.
    """

    values: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """Length of every row. Shape (rows,), int64."""
        return np.diff(self.offsets)

    def padded(self, rows: np.ndarray, fill: int) -> np.ndarray:
        """The chosen rows side by side, padded on the right with `fill`.

        Args:
            rows: which rows. Shape (batch,), int64.
            fill: what stands where a row has ended.

        Returns:
            Shape (batch, longest), int64; `longest` is at least 1.
        """
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        time = np.arange(max(int(lengths.max(initial=1)), 1))
        real = time < lengths[:, None]
        if not len(self.values):
            return np.full(real.shape, fill, np.int64)
        at = np.where(real, starts[:, None] + time, 0)
        return np.where(real, self.values[at], fill).astype(np.int64)

    def gathered(self, rows: np.ndarray) -> Ragged:
        """The chosen rows end to end, in the order asked for."""
        starts = self.offsets[rows]
        offsets = np.concatenate([[0], np.cumsum(self.offsets[rows + 1] - starts)])
        values = np.empty(offsets[-1], self.values.dtype)
        for first in range(0, len(rows), GATHERED_ROWS):  # so that the index does not outgrow the values
            ends = offsets[first : first + GATHERED_ROWS + 1]
            shift = starts[first : first + GATHERED_ROWS] - ends[:-1]
            at = np.arange(ends[0], ends[-1]) + np.repeat(shift, np.diff(ends))
            values[ends[0] : ends[-1]] = self.values[at]
        return Ragged(values, offsets)


@dataclass(frozen=True, slots=True)
class Strings:
    """A column of tuples of strings: a table of distinct strings and ragged ids into it.

    Args:
        table: distinct strings, each of which occurs; but entry 0, the empty string, is for padding and never occurs.
        ids: ids into the table.
    """

    table: Sequence[str]
    ids: Ragged

    def gathered(self, rows: np.ndarray) -> Strings:
        """The chosen rows, with only their own strings in the table: what stands elsewhere does not shine through."""
        ids = self.ids.gathered(rows)
        used = np.zeros(len(self.table), bool)
        used[ids.values] = used[0] = True
        renumbered = (np.cumsum(used) - 1).astype(ids.values.dtype)
        table = [self.table[entry] for entry in np.flatnonzero(used).tolist()]
        return Strings(table, Ragged(renumbered[ids.values], ids.offsets))


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of strings; neighbours that are equal share one entry.

    Args:
        entries: UTF-8 bytes of every entry.
        rows: the entry of each row. Shape (rows,), int32.
    """

    entries: Ragged
    rows: np.ndarray


Stored = np.ndarray | Ragged | Strings | Texts


class Corpus(Made[E]):
    """Examples of one class as columns: `len`, `corpus[i]`, iteration, and the columns themselves.

    Build one in memory with `Corpus.of`, or in files with `Corpus.write` and `Corpus.open`, which map them into memory
    so that a corpus may be larger than it. Integers in tuples are stored in 32 bits, others in 64.

    Args:
        kind: class of the examples, a dataclass whose fields are of the types in `data.columns.TYPECODES`.
        columns: by field.
        rows: the rows of the columns that belong to this corpus, in its order.
    """

    def __init__(self, kind: type[E], columns: Mapping[str, Stored], rows: range | np.ndarray) -> None:
        self.kind, self.columns, self.rows = kind, columns, rows
        self._gathered: dict[str, Strings] = {}

    @classmethod
    def of(cls, kind: type[E], examples: Iterable[E]) -> Corpus[E]:
        """Examples in memory, in the order given."""
        memory: dict[str, BytesIO] = {}
        size = _stream(kind, examples, lambda name: memory.setdefault(name, BytesIO()))
        return cls(kind, _columns(kind, lambda name: memory[name].getvalue()), range(size))

    @classmethod
    def write(cls, kind: type[E], examples: Iterable[E], folder: Path) -> None:
        """Stream examples into flat files; memory grows with the distinct strings alone.

        Args:
            kind: class of the examples.
            examples: read once.
            folder: an empty folder that exists; `core.manifest.atomic_dir` gives one.

        Raises:
            DiskError: if the disk is full or refuses.
        """
        with ExitStack() as stack:
            size = _stream(kind, examples, lambda name: stack.enter_context(closing(files.Writer(folder / name))))
        files.write_json(folder / "corpus.json", _description(kind) | {"rows": size})

    @classmethod
    def open(cls, kind: type[E], folder: Path) -> Corpus[E]:
        """The corpus that `write` or `save` put into a folder, memory-mapped.

        Raises:
            DataError: if the folder holds examples of another class, or another version of it.
        """
        found = read_json(folder / "corpus.json")
        size = found.pop("rows")
        if found != _description(kind):
            raise DataError(
                "E-CORPUS-01",
                f"the stored corpus does not hold {kind.__name__} as this version writes it",
                mend="delete the folder; it is written anew",
                place=Place(str(folder)),
            )
        return cls(kind, _columns(kind, lambda name: _mapped(folder / name)), range(size))

    def save(self, folder: Path) -> None:
        """Write these examples into an empty folder, for `open`."""
        self.write(self.kind, self, folder)

    def take(self, rows: np.ndarray) -> Corpus[E]:
        """The chosen rows, in the order asked for, as a view. Shape of rows: (size,), integer."""
        return Corpus(self.kind, self.columns, np.asarray(self.rows, np.int64)[rows])

    def strings(self, name: str) -> Strings:
        """The column of a field of type `tuple[str, ...]`; of a view, gathered at first use."""
        column = self.columns[name]
        assert isinstance(column, Strings)
        if isinstance(self.rows, range):
            return column
        if name not in self._gathered:
            self._gathered[name] = column.gathered(self.rows)
        return self._gathered[name]

    def field(self, name: str) -> Iterator[Any]:
        """The values of one field, in order, without building examples."""
        column = self.columns[name]
        return (_value(column, int(row)) for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, row: int) -> E:
        """The example in a row."""
        at = int(self.rows[row])
        return self.kind(**{name: _value(column, at) for name, column in self.columns.items()})

    def __iter__(self) -> Iterator[E]:
        return map(self.at, range(len(self)))


def _value(column: Stored, row: int) -> object:
    match column:
        case Texts():
            return column.entries[int(column.rows[row])].tobytes().decode()
        case Strings():
            return tuple([column.table[entry] for entry in column.ids[row].tolist()])
        case Ragged():
            return tuple(column[row].tolist())
    return column[row].item()


def _description(kind: type[Any]) -> dict[str, Any]:
    fields = {name: str(hint) for name, hint in get_type_hints(kind).items()}
    return {"format": FORMAT, "kind": kind.__name__, "fields": fields}


def _stream(kind: type[Any], examples: Iterable[Any], opened: Files) -> int:
    writers = [(name, column_writer(hint, name, opened)) for name, hint in get_type_hints(kind).items()]
    size = 0
    for example in examples:
        size += 1
        for name, writer in writers:
            writer.append(getattr(example, name))
    for _, writer in writers:
        writer.finish()
    return size


def _columns(kind: type[Any], load: Callable[[str], bytes | mmap.mmap]) -> dict[str, Stored]:
    def numbers(name: str, typecode: str) -> np.ndarray:
        dtype = np.dtype(typecode)
        return np.frombuffer(load(f"{name}.{dtype.name}"), dtype)

    def column(name: str, hint: object) -> Stored:
        values = numbers(name, TYPECODES[hint])
        if hint in (int, float):
            return values
        ragged = Ragged(values, numbers(f"{name}.offsets", "q"))
        if hint is str:
            return Texts(ragged, numbers(f"{name}.rows", "i"))
        if hint == tuple[str, ...]:
            return Strings(parse_json(load(f"{name}.table.json")[:], Place(name)), ragged)
        return ragged

    return {name: column(name, hint) for name, hint in get_type_hints(kind).items()}


def _mapped(path: Path) -> bytes | mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
