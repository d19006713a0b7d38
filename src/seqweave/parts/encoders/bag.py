"""A bag of vectors: order is forgotten, states are the embeddings themselves.

Paper: Iyyer et al., 2015, ACL (deep averaging networks, without the layers above the mean); Joulin et al., 2016,
arXiv:1607.01759. For a row of n real positions, entry by entry:

    summary = 1/n * (x_1 + ... + x_n)  or  max(x_1, ..., x_n)
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from seqweave.layers.contracts import Encoded, Encoder, EncoderConfig, encoder, zero_padding
from seqweave.layers.pooling import Pool


@encoder("bag")
class BagConfig(EncoderConfig):
    """Bag of vectors: no weights of its own, the baseline that every encoder should beat."""

    pool: Literal["mean", "max"] = "mean"
    """How a row's vectors become its summary: entry by entry, their mean or their maximum."""

    def build(self, in_dim: int) -> BagEncoder:
        """A fresh encoder of vectors of size `in_dim`."""
        return BagEncoder(in_dim, self)


class BagEncoder(Encoder):
    """Vectors as states, pooled as summary."""

    def __init__(self, in_dim: int, config: BagConfig) -> None:
        super().__init__()
        self.out_dim = in_dim
        self.pool = Pool(config.pool)

    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        """States of every position and a summary of every row.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            Encoded. states (batch, time, in_dim), zero at padding; summary (batch, in_dim).
        """
        states = zero_padding(x, mask)
        return Encoded(states, self.pool(Encoded(states, states[:, 0], mask)), mask)
