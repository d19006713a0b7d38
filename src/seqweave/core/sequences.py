"""Sequences whose elements are made when they are asked for, so that they need not all be in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Made(Sequence[T], ABC, Generic[T]):
    """A sequence by its length and how elements are made."""

    @abstractmethod
    def at(self, row: int) -> T:
        """The element in a row from 0 up to, not including, the length."""

    @abstractmethod
    def __iter__(self) -> Iterator[T]:
        """All of them, in order."""

    @overload
    def __getitem__(self, row: int) -> T: ...

    @overload
    def __getitem__(self, row: slice) -> list[T]: ...

    def __getitem__(self, row: int | slice) -> T | list[T]:
        """One element, or some as a list; rows below 0 are counted from the end."""
        asked = range(len(self))[row]
        return [self.at(one) for one in asked] if isinstance(asked, range) else self.at(asked)


class Kept(Made[T]):
    """Some elements of another sequence.

    Args:
        whole: the other.
        rows: which of it, ascending.

    Example:
        >>> list(Kept("abc", [0, 2]))
        ['a', 'c']
    """

    def __init__(self, whole: Sequence[T], rows: Sequence[int]) -> None:
        self._whole, self._rows = whole, rows

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, row: int) -> T:
        """The element of the other that has this place among those that are kept."""
        return self._whole[self._rows[row]]

    def __iter__(self) -> Iterator[T]:
        """In order; the other is gone through once, which may be faster than to ask it for each."""
        held = bytearray(len(self._whole))
        for row in self._rows:
            held[row] = 1
        return compress(self._whole, held)
