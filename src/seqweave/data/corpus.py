"""A corpus: Examples as flat arrays and offsets, in memory or memory-mapped, and back again without loss.

Strings inside tuples are interned: a column of tokens is a table of distinct forms and one flat array of ids, so that
anything computed from a form alone (word id, characters, affixes) is computed once per form. Entry 0 of every table is
the empty string and stands for padding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar, get_type_hints

import numpy as np

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
        starts, lengths = self.offsets[rows], self.lengths[rows]
        time = np.arange(max(int(lengths.max(initial=1)), 1))
        real = time < lengths[:, None]
        if not len(self.values):
            return np.full(real.shape, fill, np.int64)
        at = np.where(real, starts[:, None] + time, 0)
        return np.where(real, self.values[at], fill).astype(np.int64)

    def gathered(self, rows: np.ndarray) -> Ragged:
        """The chosen rows end to end, in the order asked for."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(self.values[at], offsets)


@dataclass(frozen=True, slots=True)
class Strings:
    """A column of tuples of strings: a table of distinct strings and ragged ids into it.

    Args:
        table: distinct strings; entry 0 is the empty string, for padding.
        ids: ids into the table.
    """

    table: Sequence[str]
    ids: Ragged


class Corpus(Generic[E]):
    """Examples of one class as columns: `len`, `corpus[i]`, iteration, and the columns themselves.

    Build one with `Corpus.of(examples)`; `save` and `open` keep it as flat files that are memory-mapped again.
    """

    def __init__(self, kind: type[E], columns: dict[str, Any], size: int) -> None:
        self.kind, self.columns, self._size = kind, columns, size

    @classmethod
    def of(cls, kind: type[E], examples: Iterable[E]) -> Corpus[E]:
        """Examples in memory, in the order given."""
        raise NotImplementedError

    def strings(self, name: str) -> Strings:
        """The column of a field of type `tuple[str, ...]`."""
        column = self.columns[name]
        assert isinstance(column, Strings)
        return column

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, row: int) -> E:
        raise NotImplementedError

    def __iter__(self) -> Iterator[E]:
        return (self[row] for row in range(len(self)))
