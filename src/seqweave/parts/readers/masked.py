"""The reader of a masked language model: one encoder that sees all of a text but what is hidden from it.

For a text x_1 ... x_n of projected token vectors, a border b behind it, and an encoder of L layers:

    h_0 = [x_1; ...; x_n; b],   h_1 ... h_L = encoder(h_0)

where the vector m of a hidden token stands in place of x_k while the model is taught (models/masked_language_model.py).

Paper: Devlin et al., 2019, arXiv:1810.04805, section 3. Differs: any encoder, and any embedders of tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from seqweave.core.configuration import Choice
from seqweave.core.errors import RecipeError
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import ENCODERS, Encoder, EncoderConfig, lengths_of, zero_padding
from seqweave.layers.layered import LayeredEncoder
from seqweave.layers.reading import Reader, ReaderConfig, TokenVectors, reader


@reader("masked")
class MaskedReaderConfig(ReaderConfig):
    """One encoder of whole texts, such as self-attention; its states are as wide as `dim`."""

    encoder: Annotated[EncoderConfig, Choice(ENCODERS)]
    """The encoder; of self-attention every layer is told of, of others the top one. It reads a border behind each text,
    for which learned positions need one more than the longest text has."""

    def build(self, sizes: Mapping[str, FeatureSize]) -> MaskedReader:
        """A fresh reader over fitted features.

        Raises:
            RecipeError: if the encoder's states are not as wide as the tokens, or tell nothing of what stands behind.
        """
        tokens, encoder = TokenVectors(self, sizes), self.encoder.build(self.dim)
        if encoder.out_dim != self.dim:
            what = f"the encoder's states have {encoder.out_dim} numbers, the tokens' vectors {self.dim}"
            mend = f"set model.reader.dim to {encoder.out_dim}"
            raise RecipeError("E-MLM-01", what, mend=mend)
        if not _sees_behind(encoder, self.dim):
            what = f"the encoder of kind {self.encoder.kind!r} does not show a token what stands behind it"
            mend = "write `bidirectional: true` for the encoder, or use self-attention"
            raise RecipeError("E-MLM-03", what, mend=mend)
        return MaskedReader(tokens, encoder, self)


class MaskedReader(Reader):
    """Token vectors, and the states of an encoder."""

    def __init__(self, tokens: TokenVectors, encoder: Encoder, config: MaskedReaderConfig) -> None:
        super().__init__()
        self.tokens, self.encoder, self.out_dim = tokens, encoder, config.dim
        self.border, self.hidden = (nn.Parameter(torch.randn(config.dim) * config.dim**-0.5) for _ in range(2))
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            one = torch.zeros(1, 1, config.dim), torch.ones(1, 1, dtype=torch.bool)
            self.depth = 1 + len(self._layers(*one))

    def vectors(self, features: Mapping[str, Tensor], mask: Tensor) -> tuple[Tensor, Tensor]:
        """The tokens by themselves, a border behind each text's last one, and where there are any.

        Args:
            features: ids by name, as in TokenBatch.
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            Shapes (batch, time + 1, dim) and (batch, time + 1).
        """
        x, lengths = self.tokens(features), lengths_of(mask).unsqueeze(1)
        places = torch.arange(x.shape[1] + 1, device=x.device)
        behind = (places == lengths).unsqueeze(2)
        return torch.where(behind, self.border, pad(x, (0, 0, 0, 1))), places <= lengths

    def states(self, vectors: Tensor, real: Tensor) -> Tensor:
        """The top states. Shapes (batch, time + 1, dim), (batch, time + 1) -> (batch, time + 1, dim)."""
        states: Tensor = self.encoder(vectors, real).states
        return states

    def forward(self, features: Mapping[str, Tensor], mask: Tensor) -> Tensor:
        """Vectors of every token. Shapes as in TokenBatch, (batch, time) -> (depth, batch, time, out_dim)."""
        vectors, real = self.vectors(features, mask)
        layers = [vectors, *self._layers(vectors, real)]
        return torch.stack([zero_padding(layer[:, :-1], mask) for layer in layers])

    def _layers(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """The encoder's states that are to be had. Shapes (batch, time, dim), (batch, time)."""
        if isinstance(self.encoder, LayeredEncoder):
            return self.encoder.layered(x, mask)
        return [self.states(x, mask)]


def _sees_behind(encoder: Encoder, dim: int) -> bool:
    """Whether a token's state is another one where the token behind it is another one."""
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        one, other = torch.randn(2, dim), torch.randn(dim)
        two = torch.stack([one, torch.stack([one[0], other])])
        mode, states = encoder.training, encoder.eval()(two, torch.ones(2, 2, dtype=torch.bool)).states[:, 0]
        encoder.train(mode)
    return not torch.equal(states[0], states[1])
