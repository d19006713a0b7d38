"""The stream of a language model: all texts end to end, cut into equally long streams that are read side by side.

A draw is the same window of every stream; what the model remembers of it is carried into the next one, and dropped
where an epoch begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqweave.core.errors import Place, RecipeError
from seqweave.data.streams import borders, cut
from seqweave.tasks.contract import Dataset, StreamDataset
from seqweave.training.configuration import TrainingConfig, WindowConfig
from seqweave.training.contract import Batch, Draw, Stream, WindowDraw
from seqweave.training.stream import TaskStream

STREAMS = 20
"""Streams that are read side by side where the recipe says nothing."""
USEFUL = 20
"""Tokens of a window below which gradients reach back so little that fewer streams are the better advice."""


def stream_of(
    name: str, dataset: Dataset[Any], config: TrainingConfig, place: Callable[[int], Place], ranks: int = 1
) -> Stream:
    """The stream of a data set: windows of text where it is one, else batches of examples.

    Args:
        name: of the data set.
        dataset: the training examples.
        config: sizes and seed.
        place: where an example was read, for errors.
        ranks: processes that train together.

    Raises:
        RecipeError: if windows are asked for and there is no text to cut, or the text is too short for them.
    """
    if isinstance(dataset, StreamDataset):
        return ContiguousStream(name, dataset, config, place, ranks)
    if config.window is not None:
        mend = "delete training.window"
        what = "training.window is for models that read all texts as one stream, and this one reads each by itself"
        raise RecipeError("E-WINDOW-01", what, mend=mend)
    return TaskStream(name, dataset, config, place)


class ContiguousStream(Stream):
    """Windows of parallel streams of text.

    Args:
        name: of the data set.
        dataset: the text.
        config: number of streams, length of windows, and seed.
        place: where an example was read, for errors.
        ranks: processes that train together, each of which keeps its own streams.
    """

    def __init__(
        self,
        name: str,
        dataset: StreamDataset[Any],
        config: TrainingConfig,
        place: Callable[[int], Place],
        ranks: int = 1,
    ) -> None:
        self.name, self._dataset, self._place = name, dataset, place
        self._window, self._seed = config.window or WindowConfig(), config.seed
        streams = config.batch_rows or STREAMS
        if dataset.total < streams * self._window.length:
            raise _too_short(dataset.total, streams, self._window.length, place(0))
        if streams % ranks:
            what = f"{streams} streams cannot be dealt out evenly to {ranks} devices"
            raise RecipeError("E-WINDOW-03", what, mend=f"set training.batch_rows to a multiple of {ranks}")
        self._borders = borders(dataset.total, streams)

    def epoch(self, number: int) -> Sequence[Draw]:
        """Every token once."""
        longest, length = int(np.diff(self._borders).max()), self._window.length
        windows = cut(longest, length, vary=self._window.vary, seed=self._seed, epoch=number)
        rows = np.arange(len(self._borders) - 1)
        return [
            WindowDraw(self.name, rows, start == 0, (stop - start) / length, start, stop) for start, stop in windows
        ]

    def batch(self, draw: Draw) -> Batch:
        """The window of the draw's streams."""
        starts, stops = self._bounds(draw)
        taken: Batch = self._dataset.window(starts, stops, draw.rows)
        return taken

    def tokens(self, draw: Draw) -> int:
        """Tokens that are told."""
        starts, stops = self._bounds(draw)
        return int((stops - starts).sum())

    def positions(self, draw: Draw) -> int:
        """Streams times the window's length."""
        assert isinstance(draw, WindowDraw)
        return len(draw.rows) * (draw.stop - draw.start)

    def places(self, draw: Draw) -> Sequence[Place]:
        """The texts in which the window begins, one for each stream."""
        return [self._place(self._dataset.text_at(start)) for start in self._bounds(draw)[0].tolist()]

    def _bounds(self, draw: Draw) -> tuple[np.ndarray, np.ndarray]:
        """Where the window begins and ends in the text, stream by stream. Shapes (rows,), int64."""
        assert isinstance(draw, WindowDraw), "what `epoch` gave"
        begins, ends = self._borders[:-1][draw.rows], self._borders[1:][draw.rows]
        return begins + draw.start, np.minimum(begins + draw.stop, ends)


def _too_short(total: int, streams: int, length: int, place: Place) -> RecipeError:
    what = f"the training text has {total:,} tokens, too few for {streams} streams of a window of {length} each"
    if total >= 2 * length:
        mend = f"set training.batch_rows to {total // length} or less"
    elif total // streams >= USEFUL:
        mend = f"set training.window.length to {total // streams} or less"
    else:
        mend = f"set training.window.length to {max(total // 2, 2)} and training.batch_rows to 1, or give more text"
    return RecipeError("E-WINDOW-02", what, mend=mend, place=place)
