"""Many states to one vector a row, padding left out.

A row without a real position pools to zero, so that an empty text is lawful everywhere.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from seqweave.layers.contracts import Encoded, zero_padding

Pooling = Literal["max", "mean", "summary"]


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Mean over real positions, zero for an empty row. Shapes (batch, time, dim), (batch, time) -> (batch, dim)."""
    return zero_padding(states, mask).sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1)


def masked_max(states: Tensor, mask: Tensor) -> Tensor:
    """Largest of each entry over real positions, zero for an empty row.

    Args:
        states: one vector a position. Shape (batch, time, dim).
        mask: True where a position is real. Shape (batch, time), bool.

    Returns:
        Shape (batch, dim).
    """
    lowest = torch.finfo(states.dtype).min
    highest = states.masked_fill(~mask.unsqueeze(-1), lowest).amax(dim=1)
    return highest.masked_fill(~mask.any(dim=1, keepdim=True), 0)


class Pool(nn.Module):
    """One vector a row: the states' maximum or mean, or the encoder's own summary."""

    def __init__(self, pooling: Pooling) -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, encoded: Encoded) -> Tensor:
        """Pooled states. Shapes: states (batch, time, dim), summary (batch, dim) -> (batch, dim)."""
        if self.pooling == "summary":
            return encoded.summary
        pool = masked_max if self.pooling == "max" else masked_mean
        return pool(encoded.states, encoded.mask)

    def extra_repr(self) -> str:
        """The kind of pooling."""
        return self.pooling
