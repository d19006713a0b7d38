"""The reader of a bidirectional language model: what comes before a token in one half, what comes behind in the other.

For a text x_1 ... x_n of projected token vectors between two borders, and layers j = 1 ... L in each direction:

    forwards  h_0 = [b_1; x_1; ...; x_n],   h_j = W_j encoder_j(h_{j-1}) + h_{j-1}      residual from j = 2 on
    backwards the same over [b_2; x_n; ...; x_1], with weights of its own
    layer 0   [x_k; x_k],                   layer j  [forwards h_{j,k}; backwards h_{j,k}]

Paper: Peters et al., 2018, arXiv:1802.05365, sections 3.1 and 3.4. Differs: any encoder that reads step by step; the
projection stands behind a layer, not within its recurrence; and the convolution over characters has no highway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import pad

from seqweave.core.configuration import Choice
from seqweave.core.errors import RecipeError
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import ENCODERS, EncoderConfig, StatefulEncoder, zero_padding
from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.linear import Linear
from seqweave.layers.reading import Reader, ReaderConfig, TokenVectors, reader
from seqweave.layers.recurrent import require_one_way, reversal, reverse


@reader("bidirectional")
class BidirectionalReaderConfig(ReaderConfig):
    """Two stacks of encoders, one from each end of a text; each layer's vectors are twice as wide as `dim`."""

    encoder: Annotated[EncoderConfig, Choice(ENCODERS)]
    """The encoder of one layer in one direction: one that reads step by step, such as lstm or qrnn, with
    `bidirectional: false`; its states are projected to `dim` where they have another size."""
    layers: int = Field(default=2, ge=1, le=16)
    """Encoders upon each other in each direction."""
    residual: bool = True
    """Whether each layer from the second on adds what it reads to what it hands on."""
    dropout: DropoutConfig = DropoutConfig()
    """Dropout of what each layer reads, and of what is told from."""

    def build(self, sizes: Mapping[str, FeatureSize]) -> BidirectionalReader:
        """A fresh reader over fitted features.

        Raises:
            RecipeError: if the encoder reads in both directions.
        """
        tokens = TokenVectors(self, sizes)
        return BidirectionalReader(tokens, _OneWay(self), _OneWay(self), self)


class _OneWay(nn.Module):
    """A stack of encoders that read from the first position on, behind a border of its own."""

    def __init__(self, config: BidirectionalReaderConfig) -> None:
        super().__init__()
        self.border = nn.Parameter(torch.randn(config.dim) * config.dim**-0.5)
        encoders = [_one_way(config.encoder, config.dim) for _ in range(config.layers)]
        self.encoders = nn.ModuleList(encoders)
        self.projections = nn.ModuleList(
            Linear(encoder.out_dim, config.dim) if encoder.out_dim != config.dim else nn.Identity()
            for encoder in encoders
        )
        self.dropout, self.residual = config.dropout.build(), config.residual

    def forward(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """States of every layer, that at the border first.

        Args:
            x: Shape (batch, time, dim).
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            For each layer, shape (batch, time + 1, dim).
        """
        below = torch.cat([self.border.expand(len(x), 1, -1), x], dim=1)
        real, found = pad(mask, (1, 0), value=True), list[Tensor]()
        for depth, (encoder, projection) in enumerate(zip(self.encoders, self.projections, strict=True)):
            states = projection(encoder(self.dropout(below), real).states)
            below = states + below if self.residual and depth else states
            found.append(below)
        return found


class BidirectionalReader(Reader):
    """Token vectors, and the states of both directions."""

    def __init__(
        self, tokens: TokenVectors, forwards: _OneWay, backwards: _OneWay, config: BidirectionalReaderConfig
    ) -> None:
        super().__init__()
        self.tokens, self.forwards, self.backwards = tokens, forwards, backwards
        self.out_dim, self.depth = 2 * config.dim, config.layers + 1
        self.dropout = config.dropout.build()

    def directions(self, features: Mapping[str, Tensor], mask: Tensor) -> tuple[Tensor, Tensor]:
        """The top states of each direction, in the order in which it reads, from which the next token is told.

        Args:
            features: ids by name, as in TokenBatch.
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            Two of shape (batch, time + 1, dim); the first state is that of the border.
        """
        x = self.tokens(features)
        forwards = self.forwards(x, mask)[-1]
        backwards = self.backwards(reverse(x, reversal(mask)), mask)[-1]
        return self.dropout(forwards), self.dropout(backwards)

    def forward(self, features: Mapping[str, Tensor], mask: Tensor) -> Tensor:
        """Vectors of every token. Shapes as in TokenBatch, (batch, time) -> (depth, batch, time, out_dim)."""
        x, order = self.tokens(features), reversal(mask)
        forwards = self.forwards(x, mask)
        backwards = self.backwards(reverse(x, order), mask)
        pairs = [(x, x)] + [
            (ahead[:, 1:], reverse(behind[:, 1:], order)) for ahead, behind in zip(forwards, backwards, strict=True)
        ]
        return torch.stack([zero_padding(torch.cat(pair, dim=-1), mask) for pair in pairs])


def _one_way(config: EncoderConfig, dim: int) -> StatefulEncoder:
    """A fresh encoder that reads from the first position on.

    Raises:
        RecipeError: if it would see what it has to tell.
    """
    encoder = config.build(dim)
    if not isinstance(encoder, StatefulEncoder):
        what = f"an encoder of kind {config.kind!r} sees the tokens that each direction has to tell"
        mend = "set model.reader.encoder.kind to one that reads step by step, such as lstm"
        raise RecipeError("E-BILM-01", what, mend=mend)
    require_one_way(encoder, "model.reader.encoder")
    return encoder
