"""What a model told of every token of some texts, and the answers made of it when they are asked for.

An answer holds objects of Python, some hundred bytes a token; what was told is a number a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar

import numpy as np
import torch

from seqweave.core.sequences import Made
from seqweave.data.batches import ScoreRaw
from seqweave.tasks.contract import Codec, Dataset

AT_ONCE = 8192
"""Positions, padding included, whose answers are made at once where all are gone through."""

A = TypeVar("A")
Context = Literal["", "either side", "both sides"]


class ToldTexts(Made[A]):
    """One answer for each text, in order.

    Args:
        codec: makes the answers.
        dataset: the texts, which stand end to end.
        told: what was told of the positions from one up to, not including, another: log-probabilities, and in a second
            column the same with unknown forms apart. Shape (positions,) or (positions, 2), floating.
        context: what each token was told from, of models that read texts whole.
    """

    def __init__(
        self,
        codec: Codec[Any, Any, Any, A],
        dataset: Dataset[Any],
        told: Callable[[int, int], np.ndarray],
        context: Context = "",
    ) -> None:
        self._codec, self._dataset, self._told, self._context = codec, dataset, told, context
        self._ends = np.cumsum(dataset.lengths)

    def __len__(self) -> int:
        return len(self._ends)

    def at(self, row: int) -> A:
        """The answer to one text."""
        (answer,) = self._answers(row, row + 1)
        return answer

    def __iter__(self) -> Iterator[A]:
        """All of them, some at a time."""
        first = 0
        while first < len(self):
            lengths = np.diff(self._ends[first : first + AT_ONCE], prepend=self._start(first))
            positions = np.maximum.accumulate(lengths) * np.arange(1, len(lengths) + 1)
            last = first + max(int(positions.searchsorted(AT_ONCE, side="right")), 1)
            yield from self._answers(first, last)
            first = last

    def _answers(self, first: int, last: int) -> list[A]:
        begin, ends = self._start(first), self._ends[first:last]
        parts = np.split(self._told(begin, int(ends[-1])), ends[:-1] - begin)
        padded = np.zeros((len(parts), max(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype)
        for row, part in enumerate(parts):
            padded[row, : len(part)] = part
        whole = torch.from_numpy(padded.reshape(*padded.shape[:2], -1))
        raw = ScoreRaw(*whole.unbind(dim=2), context=self._context)
        return self._codec.answers(raw, self._dataset.batch(np.arange(first, last)))

    def _start(self, row: int) -> int:
        return int(self._ends[row - 1]) if row else 0
