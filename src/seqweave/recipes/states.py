"""The states of a reader that is not tuned: computed once for a corpus, and kept in the data cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from json import dumps
from pathlib import Path
from typing import Any, final

import numpy as np
import torch

from seqweave.core.errors import Notice
from seqweave.core.files import atomic_file
from seqweave.data.batches import TokenBatch
from seqweave.data.cache import cache_folder, cache_key, cached
from seqweave.data.corpus import Strings
from seqweave.data.feature_set import FeatureSet
from seqweave.data.features.contract import Feature, PositionColumn
from seqweave.data.gather import Gatherer
from seqweave.data.order import by_length
from seqweave.data.sizes import FeatureSize
from seqweave.layers.reading import Reader

FILE = "states.float32"
MOST_BYTES = 4_000_000_000
"""Of the states of a corpus; those of a larger one are computed each time they are asked for, and kept nowhere."""
BATCH_TOKENS = 4096
"""Positions that are read at once."""
BLOCK_ROWS = 256
"""Sentences whose states are in memory at once."""


def states_bytes(reader: Reader, tokens: Strings) -> int:
    """What the states of a corpus take on disk."""
    return len(tokens.ids.values) * reader.depth * reader.out_dim * np.dtype(np.float32).itemsize


@final
class StatesFeature(Feature):
    """All layers' vectors of every position, side by side.

    Args:
        reader: in `eval()` mode on the CPU; it must not change.
        features: what it reads.
        digest: of its run; equal digests are equal states.
        cache: as `data.cache` says.
    """

    passing = True

    def __init__(self, reader: Reader, features: FeatureSet, digest: str, cache: str) -> None:
        self._reader, self._features, self._digest, self._cache = reader, features, digest, cache
        self._kept: dict[str, np.ndarray] = {}

    def column(self, tokens: Strings) -> PositionColumn:
        """The states. Shape (total, depth * out_dim), float32; (total, 0) of a corpus too large to be kept."""
        total, size = len(tokens.ids.values), states_bytes(self._reader, tokens)
        if not 0 < size <= MOST_BYTES:
            return PositionColumn(np.zeros((total, 0), np.float32))
        key = cache_key((), {"reader": self._digest, "tokens": _digest_of(tokens)})
        if key not in self._kept:
            folder = cached(key, cache_folder(self._cache), self._builder(tokens), _ignored)
            self._kept[key] = np.memmap(folder / FILE, np.float32, "r").reshape(total, -1)
        return PositionColumn(self._kept[key])

    @property
    def size(self) -> FeatureSize:
        """No ids."""
        return FeatureSize(0)

    def to_json(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def _builder(self, tokens: Strings) -> Callable[[Path], None]:
        def build(folder: Path) -> None:
            with atomic_file(folder / FILE) as file:
                for block in self._computed(tokens):
                    file.write(np.ascontiguousarray(block).data)

        return build

    @torch.inference_mode()
    def _computed(self, tokens: Strings) -> Iterator[np.ndarray]:
        """The states, block by block of sentences. Shapes (tokens of a block, depth * out_dim), float32."""
        gather, lengths = Gatherer(tokens, self._features.columns(tokens)), tokens.ids.lengths
        for start in range(0, len(lengths), BLOCK_ROWS):
            block = np.arange(start, min(start + BLOCK_ROWS, len(lengths)))
            cut = by_length(lengths, BATCH_TOKENS, block)
            found = [
                states[: lengths[row]]
                for rows in cut
                for row, states in zip(rows.tolist(), self._states(gather(rows)), strict=True)
            ]
            yield np.concatenate([found[place] for place in np.argsort(np.concatenate(cut))])

    def _states(self, batch: TokenBatch) -> np.ndarray:
        """All layers side by side. Shape (batch, time, depth * out_dim)."""
        layers = self._reader(batch.features, batch.mask)
        found: np.ndarray = layers.permute(1, 2, 0, 3).flatten(2).float().numpy()
        return found


def _digest_of(tokens: Strings) -> str:
    """The sha256 of a column of tokens, as they stand in its rows."""
    digest = hashlib.sha256(dumps(list(tokens.table)).encode())  # as ASCII: a form may hold half a surrogate pair
    for numbers in (tokens.ids.values, tokens.ids.offsets):
        digest.update(np.ascontiguousarray(numbers, np.int64).tobytes())
    return digest.hexdigest()


def _ignored(notice: Notice) -> None:
    """A damaged entry was built anew: nothing is lost by it."""
    del notice
