"""Tables of learned vectors, and the ids they are looked up by."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqweave.data.features.contract import PADDING


def table(count: int, dim: int, scale: float | None = None) -> nn.Embedding:
    """A fresh table of vectors drawn from torch's generator; padding is zero, and stays so unless it is tied.

    Args:
        count: number of rows, padding included.
        dim: size of each vector.
        scale: standard deviation of their numbers; not given, the one that makes vectors of length 1 on average.
    """
    rows = nn.Embedding(count, dim, padding_idx=PADDING)
    with torch.no_grad():
        rows.weight.normal_(std=scale or dim**-0.5)
        rows.weight[PADDING] = 0
    return rows


def trimmed(ids: Tensor) -> Tensor:
    """Ids without columns of nothing but padding; one column at least. Shape (forms, width) -> (forms, less)."""
    return ids[:, : max(int((ids != PADDING).sum(dim=1).amax()), 1)]
