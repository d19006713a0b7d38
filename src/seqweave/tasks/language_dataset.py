"""A corpus of texts as one stream of ids: read whole, as parallel stretches, or text by text."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from seqweave.data.batches import ScoreRaw, StreamBatch
from seqweave.data.corpus import Ragged
from seqweave.data.streams import TokenStream, borders
from seqweave.tasks.contract import StreamDataset

STRETCH = 2000
MOST_STREAMS = 16
"""A text is scored as so many streams at most, each of at least so many tokens: what a stream forgets at its beginning
is then next to nothing, and a window of all of them is one product of matrices."""


class LanguageDataset(StreamDataset[StreamBatch, ScoreRaw]):
    """Texts as ids.

    Args:
        texts: as ids of their forms; they may lie in a file.
        ids: the token's id of every form. Shape (forms,), int64.
        context: whether a text is read with all texts before it in mind, or by itself.
    """

    def __init__(self, texts: Ragged, ids: np.ndarray, context: Literal["stream", "document"]) -> None:
        self.stream, self._context = TokenStream(texts, ids), context

    @property
    def lengths(self) -> np.ndarray:
        """Length of every text, in tokens, its end counted. Shape (texts,), int64."""
        return self.stream.texts.lengths + 1

    @property
    def total(self) -> int:
        """Tokens of all texts, their ends counted."""
        return len(self.stream)

    @property
    def scored_as(self) -> np.ndarray:
        """Where the stretches begin and end that are scored side by side; empty where each text is read by itself."""
        if self._context == "document":
            return np.zeros(0, np.int64)
        return borders(self.total, min(max(self.total // STRETCH, 1), MOST_STREAMS))

    def batch(self, rows: np.ndarray) -> StreamBatch:
        """The chosen texts as one padded batch, each by itself. Shape of rows: (batch,), int64."""
        return self.window(*self.stream.bounds(np.asarray(rows)), rows, alone=True)

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
        return StreamBatch(torch.from_numpy(inputs), torch.from_numpy(targets), torch.from_numpy(np.asarray(rows)))

    def text_at(self, position: int) -> int:
        """Which text a position of the stream is in."""
        return self.stream.text_at(position)

    def parted(self, told: np.ndarray, rows: np.ndarray) -> ScoreRaw:
        """What was told of every position, as the raw answer to the batch of the chosen texts.

        Args:
            told: Shape (total,), float32.
            rows: Shape (batch,), int64.
        """
        starts, stops = self.stream.bounds(np.asarray(rows))
        padded = np.zeros((len(rows), int((stops - starts).max(initial=1))), told.dtype)
        for row, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
            padded[row, : stop - start] = told[start:stop]
        return ScoreRaw(torch.from_numpy(padded))
