"""Subwords: the mean of the learned vectors of a form's pieces.

    v(form) = 1/n * (e(piece_1) + ... + e(piece_n))

Paper: pieces as in Sennrich et al., 2016, arXiv:1508.07909; Heinzerling and Strube, 2018, arXiv:1710.02187.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Config
from seqweave.data.features.contract import PADDING
from seqweave.data.features.subwords import SubwordsConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder
from seqweave.layers.pooling import masked_mean
from seqweave.layers.tables import table, trimmed

FEATURE = "subwords"


@embedder("subwords")
class SubwordsEmbedderConfig(EmbedderConfig):
    """Pieces of words, trained from the data: for languages that write long words, and for small tables."""

    dim: int = Field(100, ge=1)
    """Size of the vector of each piece, and of a form."""

    vocab_size: int = Field(4000, ge=1)
    """Pieces to learn; all characters of the training tokens are among them, even if there are more."""

    min_frequency: int = Field(2, ge=1)
    """How often two pieces must meet in the training tokens to be joined."""

    min_count: int = Field(2, ge=1)
    """Pieces that are cut less often from the training tokens are unknown."""

    max_pieces: int = Field(8, ge=2)
    """Pieces of each form; of a longer one the first and the last half of so many are read."""

    def features(self) -> Mapping[str, Config]:
        """Ids of pieces."""
        feature = SubwordsConfig(
            vocab_size=self.vocab_size,
            min_frequency=self.min_frequency,
            min_count=self.min_count,
            max_pieces=self.max_pieces,
        )
        return {FEATURE: feature}

    def build(self, sizes: Mapping[str, FeatureSize]) -> SubwordsEmbedder:
        """A fresh table of fitted pieces."""
        return SubwordsEmbedder(sizes[FEATURE], self)


class SubwordsEmbedder(Embedder):
    """A table of pieces."""

    reads = (FEATURE,)

    def __init__(self, size: FeatureSize, config: SubwordsEmbedderConfig) -> None:
        super().__init__()
        self.out_dim = config.dim
        self.table = table(size.count, config.dim)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Subwords (forms, pieces), forms (batch, time) -> (batch, time, out_dim)."""
        ids = trimmed(features[FEATURE])
        return masked_mean(self.table(ids), ids != PADDING)[features["forms"]]
