"""A Transformer encoder: every position looks at every other, layer by layer.

Paper: Vaswani et al., 2017, arXiv:1706.03762, section 3; the equations stand in layers/attention.py. In front of the
layers, a projection to their size and the positions:

    x_0 = norm(W x) + position,   states = norm(layer_n(... layer_1(x_0)))

Differs: the norm comes before each part (Xiong et al., 2020, arXiv:2002.04745) and once more at the end; gelu in place
of relu; the summary is the mean of the states. The projection is normed where the paper multiplies its embeddings by
sqrt(dim), to the same end: words that begin ten times smaller than the waves of their positions are hardly seen.
"""

from __future__ import annotations

from torch import Tensor, nn

from seqweave.layers.attention import LearnedPositions, SinusoidalPositions, TransformerConfig, TransformerLayer
from seqweave.layers.contracts import Encoded, EncoderConfig, encoder, zero_padding
from seqweave.layers.dropout import Dropout
from seqweave.layers.layered import LayeredEncoder
from seqweave.layers.linear import Linear
from seqweave.layers.pooling import masked_mean


@encoder("self-attention")
class SelfAttentionConfig(TransformerConfig, EncoderConfig):
    """Transformer encoder: sees far at once, and wants more data than recurrent encoders."""

    def build(self, in_dim: int) -> SelfAttentionEncoder:
        """A fresh encoder of vectors of size `in_dim`."""
        return SelfAttentionEncoder(in_dim, self)


class SelfAttentionEncoder(LayeredEncoder):
    """A stack of Transformer layers over projected vectors with positions."""

    def __init__(self, in_dim: int, config: SelfAttentionConfig) -> None:
        super().__init__()
        dim = self.out_dim = config.hidden
        self.project = Linear(in_dim, dim, bias=False)
        self.project_norm = nn.LayerNorm(dim)
        learned = config.positions == "learned"
        self.positions = LearnedPositions(dim, config.limit) if learned else SinusoidalPositions(dim)
        self.dropout = Dropout(config.dropout)
        self.layers = nn.ModuleList(
            TransformerLayer(dim, config.heads, config.feed_forward, config.dropout) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        """States of every position and a summary of every row.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            Encoded. states (batch, time, hidden), zero at padding; summary (batch, hidden).
        """
        states = self.layered(x, mask)[-1]
        return Encoded(states, masked_mean(states, mask), mask)

    def layered(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """States of every layer. Shapes (batch, time, in_dim), (batch, time) -> each (batch, time, hidden)."""
        found = [self.dropout(self.positions(self.project_norm(self.project(x))))]
        for layer in self.layers:
            found.append(layer(found[-1], mask))
        return [*found[1:-1], zero_padding(self.norm(found[-1]), mask)]
