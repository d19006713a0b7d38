"""The states of a reader that is not tuned: computed once for a corpus, and kept in the data cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, final

import numpy as np
import torch

from seqweave.core.errors import Notice
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
            shape = (len(tokens.ids.values), self._reader.depth * self._reader.out_dim)
            file = np.memmap(folder / FILE, np.float32, "w+", shape=shape)
            self._compute(tokens, file)
            file.flush()

        return build

    @torch.inference_mode()
    def _compute(self, tokens: Strings, into: np.ndarray) -> None:
        """Every sentence's states. Shape of `into`: (total, depth * out_dim)."""
        gather, offsets = Gatherer(tokens, self._features.columns(tokens)), tokens.ids.offsets
        for rows in by_length(tokens.ids.lengths, BATCH_TOKENS):
            batch = gather(rows)
            layers = self._reader(batch.features, batch.mask).permute(1, 2, 0, 3).flatten(2)
            for row, states in zip(rows.tolist(), layers.numpy(), strict=True):
                first, last = offsets[row], offsets[row + 1]
                into[first:last] = states[: last - first]


def _digest_of(tokens: Strings) -> str:
    """The sha256 of a column of tokens, as they stand in its rows."""
    digest = hashlib.sha256("\n".join(form.replace("\n", "\\n") for form in tokens.table).encode("utf-8", "replace"))
    for numbers in (tokens.ids.values, tokens.ids.offsets):
        digest.update(np.ascontiguousarray(numbers, np.int64).tobytes())
    return digest.hexdigest()


def _ignored(notice: Notice) -> None:
    """A damaged entry was built anew: nothing is lost by it."""
    del notice
