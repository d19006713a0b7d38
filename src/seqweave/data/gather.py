"""Rows of a corpus gathered into a TokenBatch: the hot path between flat arrays and tensors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from seqweave.core.errors import InternalError
from seqweave.data.batches import TokenBatch
from seqweave.data.corpus import Strings
from seqweave.data.features.contract import BagColumn, Column, FormColumn, PositionColumn


class Gatherer:
    """Makes the TokenBatch of any rows of a token column; every call costs as much as its batch, not as the corpus.

    It keeps scratch memory from call to call, so each thread needs one of its own.

    Args:
        tokens: the tokens of the corpus.
        columns: ids of every feature, by its name.

    Raises:
        InternalError: if a column was not made for these tokens.
    """

    def __init__(self, tokens: Strings, columns: Mapping[str, Column]) -> None:
        for name, column in columns.items():
            _check(name, column, tokens)
        self.offsets, self.ids = tokens.ids.offsets, _never_empty(tokens.ids.values)
        self.forms = {name: c.table for name, c in columns.items() if isinstance(c, FormColumn)}
        self.positions = {name: _never_empty(c.values) for name, c in columns.items() if isinstance(c, PositionColumn)}
        self.bags = {name: c.ids for name, c in columns.items() if isinstance(c, BagColumn)}
        self._noted = np.zeros(len(tokens.table), np.int64)

    def __call__(self, rows: np.ndarray) -> TokenBatch:
        """The batch of these rows, in this order. Shape of rows: (batch,), int64; time is at least 1."""
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        time = np.arange(max(int(lengths.max(initial=1)), 1))
        mask = time < lengths[:, None]
        at = starts[:, None] + time
        distinct, forms = self._distinct(np.multiply(self.ids.take(at, mode="clip"), mask, dtype=np.int64))
        arrays = {"forms": forms}
        arrays |= {name: table.take(distinct, axis=0, mode="clip") for name, table in self.forms.items()}
        for name, values in self.positions.items():
            real = mask if values.ndim == 1 else mask[:, :, None]
            arrays[name] = np.multiply(values.take(at, axis=0, mode="clip"), real, dtype=values.dtype)
        for name, bags in self.bags.items():
            chosen = bags.gathered(rows)
            arrays[name], arrays[f"{name}.offsets"] = chosen.values, chosen.offsets
        features = {name: torch.from_numpy(_as_long(ids)) for name, ids in arrays.items()}
        return TokenBatch(features, torch.from_numpy(mask))

    def _distinct(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`np.unique(ids, return_inverse=True)` without its sort: padding first, then the others in no special order.

        Each form notes where it stands in the batch, and its last note remains; the position that reads its own place
        speaks for its form. Nothing needs to be cleared, for only forms of this batch are read.

        Returns:
            Distinct forms, shape (forms,); and the index into them of every position, shaped as ids.
        """
        flat, noted = ids.ravel(), self._noted
        places = np.arange(1, len(flat) + 1)
        noted[flat] = places
        noted[0] = 0
        distinct = np.concatenate((_PADDING, flat.compress(noted.take(flat, mode="clip") == places)))
        noted[distinct] = np.arange(len(distinct))
        return distinct, noted.take(ids, mode="clip")


_PADDING = np.zeros(1, np.int64)


def _as_long(ids: np.ndarray) -> np.ndarray:
    """Ids as torch takes them; what are no ids, but vectors, as they are."""
    return ids if ids.dtype.kind == "f" else ids.astype(np.int64, copy=False)


def _never_empty(values: np.ndarray) -> np.ndarray:
    return values if len(values) else np.zeros((1, *values.shape[1:]), values.dtype)


def _check(name: str, column: Column, tokens: Strings) -> None:
    match column:
        case FormColumn(table):
            found, expected = len(table), len(tokens.table)
        case PositionColumn(values):
            found, expected = len(values), len(tokens.ids.values)
        case BagColumn(ids):
            found, expected = len(ids), len(tokens.ids)
    if found != expected:
        raise InternalError("E-GATHER-01", f"feature {name!r} has {found} entries where its corpus has {expected}")
