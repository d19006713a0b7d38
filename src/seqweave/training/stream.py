"""The stream of one task: its training examples in buckets of like length, in an order made from seed and epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqweave.core.errors import Place
from seqweave.data.order import batches
from seqweave.tasks.contract import Dataset
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import Batch, Draw, Stream


class TaskStream(Stream):
    """One named data set as batches of a token budget.

    Args:
        name: of the data set.
        dataset: the training examples.
        config: token budget and seed.
        place: where a row was read, for errors.
    """

    def __init__(self, name: str, dataset: Dataset[Any], config: TrainingConfig, place: Callable[[int], Place]) -> None:
        self.name, self._dataset, self._config, self._place = name, dataset, config, place
        self._lengths = np.asarray(dataset.lengths)

    def epoch(self, number: int) -> Sequence[Draw]:
        """Every example once."""
        config = self._config
        cut = batches(self._lengths, config.batch_tokens, config.seed, number, config.batch_rows)
        return [Draw(self.name, rows) for rows in cut]

    def batch(self, draw: Draw) -> Batch:
        """The examples, padded."""
        taken: Batch = self._dataset.batch(draw.rows)
        return taken

    def tokens(self, draw: Draw) -> int:
        """Sum of the lengths."""
        return int(self._lengths[draw.rows].sum())

    def positions(self, draw: Draw) -> int:
        """Rows times the longest one."""
        return len(draw.rows) * int(self._lengths[draw.rows].max())

    def places(self, draw: Draw) -> Sequence[Place]:
        """File and line of each row."""
        return [self._place(int(row)) for row in draw.rows]
