"""Tokens: one learned vector for each token exactly as it is written, as texts are read that others are written from.

    v(token) = E[token]

While training, any token becomes the unknown one with a fixed probability, so that its vector, too, is learned.

Paper: Sutskever, Vinyals and Le, 2014, arXiv:1409.3215, section 2; Iyyer et al., 2015, doi:10.3115/v1/P15-1162,
section 3.1 (word dropout). Differs: a token that is dropped is read as unknown, not left out.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Config
from seqweave.data.features.tokens import TokensConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder
from seqweave.layers.dropout import Rate, word_dropout, word_rates
from seqweave.layers.tables import table

FEATURE = "tokens"


@embedder("tokens")
class TokensEmbedderConfig(EmbedderConfig):
    """A learned vector for each token, case and digits as they are: the usual choice for translation."""

    dim: int = Field(256, ge=1)
    """Size of each vector."""

    scale: float = Field(1.0, gt=0)
    """Standard deviation of the numbers that a vector begins with; 0.1 where the output shares them (`tie: all`)."""

    min_count: int = Field(1, ge=1)
    """Tokens seen less often in training are unknown."""

    max_size: int | None = Field(None, ge=1)
    """At most so many tokens, the most frequent ones."""

    word_dropout: Rate = 0.0
    """Probability that any token becomes the unknown one while training, from 0 up to but not including 1."""

    def features(self) -> Mapping[str, Config]:
        """Token ids."""
        return {FEATURE: TokensConfig(min_count=self.min_count, max_size=self.max_size)}

    def build(self, sizes: Mapping[str, FeatureSize]) -> TokensEmbedder:
        """A fresh table."""
        return TokensEmbedder(sizes[FEATURE], self)


class TokensEmbedder(Embedder):
    """A table of token vectors."""

    reads = (FEATURE,)
    rates: Tensor

    def __init__(self, size: FeatureSize, config: TokensEmbedderConfig) -> None:
        super().__init__()
        self.out_dim = config.dim
        self.table = table(size.count, config.dim, config.scale)
        rates = word_rates(torch.as_tensor(size.counts), config.word_dropout, 0.0)
        self.register_buffer("rates", rates, persistent=False)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Shapes: tokens (forms,), forms (batch, time) -> (batch, time, out_dim)."""
        ids = word_dropout(features[FEATURE][features["forms"]], self.rates, training=self.training)
        vectors: Tensor = self.table(ids)
        return vectors
