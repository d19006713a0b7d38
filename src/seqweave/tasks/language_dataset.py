"""A corpus of texts as one stream of ids: read whole, as parallel stretches, or text by text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch

from seqweave.data.batches import StreamBatch
from seqweave.data.corpus import Ragged
from seqweave.data.streams import TokenStream, borders
from seqweave.tasks.contract import StreamDataset

STRETCH = 2000
MOST_STREAMS = 16
"""A text is scored as so many streams at most, each of at least so many tokens, so that a window of all of them is one
product of matrices. Each begins without memory: a recurrent network's is full again after some words, a pointer's
window only after as many words as it is long, so that what a pointer gains is told a little too small."""


class LanguageDataset(StreamDataset[StreamBatch]):
    """Texts as ids.

    Args:
        texts: as ids of their forms; they may lie in a file.
        ids: the token's id of every form. Shape (forms,), int64.
        context: whether a text is read with all texts before it in mind, or by itself.
        apart: the same with an id of its own for every unknown form, from the size of the vocabulary on. Shape
            (forms,), int64.
        unknown: the forms that have these ids, in their order.
    """

    def __init__(
        self,
        texts: Ragged,
        ids: np.ndarray,
        context: Literal["stream", "document"],
        apart: np.ndarray | None = None,
        unknown: Sequence[str] = (),
    ) -> None:
        self.stream, self._context, self._unknown = TokenStream(texts, ids), context, unknown
        self._apart = TokenStream(texts, apart) if apart is not None and unknown else None
        self._known = int(apart.max(initial=0)) + 1 - len(unknown) if apart is not None else 0

    @property
    def lengths(self) -> np.ndarray:
        """Length of every text, in tokens, its end counted. Shape (texts,), int64."""
        return self.stream.texts.lengths + 1

    @property
    def total(self) -> int:
        """Tokens of all texts, their ends counted."""
        return len(self.stream)

    def apart_ids(self, start: int, stop: int) -> np.ndarray:
        """The ids of positions, unknown forms apart, from `start` up to, not including, `stop`. Shape (time,)."""
        return (self._apart or self.stream).ids(start, stop)

    @property
    def scored_as(self) -> np.ndarray:
        """Where the stretches begin and end that are scored side by side; empty where each text is read by itself."""
        if self._context == "document":
            return np.zeros(0, np.int64)
        return borders(self.total, min(max(self.total // STRETCH, 1), MOST_STREAMS))

    def batch(self, rows: np.ndarray) -> StreamBatch:
        """The chosen texts as one padded batch, each by itself. Shape of rows: (batch,), int64."""
        batch = self.window(*self.stream.bounds(np.asarray(rows)), rows, alone=True)
        if batch.apart is None:
            return batch
        apart = batch.apart.numpy().copy()
        added = tuple(self._renumbered(row) for row in apart)
        return replace(batch, apart=torch.from_numpy(apart), added=added)

    def _renumbered(self, row: np.ndarray) -> tuple[str, ...]:
        """The unknown forms of a text, whose ids become their places among these; no other text changes them."""
        strange = row >= self._known
        numbers, first, places = np.unique(row[strange], return_index=True, return_inverse=True)
        order = first.argsort()
        row[strange] = self._known + order.argsort()[places]
        return tuple(self._unknown[number - self._known] for number in numbers[order].tolist())

    def window(self, starts: np.ndarray, stops: np.ndarray, rows: np.ndarray, *, alone: bool = False) -> StreamBatch:
        """Stretches of the stream as one padded batch.

        Args:
            starts: where each begins. Shape (rows,), int64.
            stops: where each ends, exclusive. Shape (rows,), int64.
            rows: numbers by which the stretches are called. Shape (rows,), int64.
            alone: whether nothing stands before each.
        """
        inputs, targets = self.stream.windows(starts, stops)
        if alone:
            inputs[:, 0] = self.stream.ids(-1, 0)[0]
        apart = None
        if self._apart is not None:
            read, told = self._apart.windows(starts, stops)
            first = inputs[:, :1] if alone else read[:, :1]
            apart = torch.from_numpy(np.concatenate([first, told], axis=1))
        numbers = torch.from_numpy(np.asarray(rows))
        return StreamBatch(torch.from_numpy(inputs), torch.from_numpy(targets), numbers, apart)

    def text_at(self, position: int) -> int:
        """Which text a position of the stream is in."""
        return self.stream.text_at(position)
