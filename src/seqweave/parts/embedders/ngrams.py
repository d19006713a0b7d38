"""N-grams: a learned vector for the n-gram of tokens at each position, those of several orders side by side.

    v_t = [e(x_t x_{t+1}); e(x_{t-1} x_t x_{t+1}); ...],  one for each order

For Chinese read by characters these are its character bigrams, which tell much of its words.

Paper: Chen et al., 2015, Long Short-Term Memory Neural Networks for Chinese Word Segmentation, EMNLP (bigrams).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Config
from seqweave.data.features.ngrams import NgramsConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder
from seqweave.layers.tables import table

FEATURE = "ngrams"


@embedder("ngrams")
class NgramsEmbedderConfig(EmbedderConfig):
    """N-grams of tokens around each position: beside `words` for text read by characters, such as Chinese."""

    sees_others: ClassVar[bool] = True

    dim: int = Field(50, ge=1)
    """Size of the vector of each n-gram; a position has one for each order, side by side."""

    orders: tuple[Annotated[int, Field(ge=2, le=5)], ...] = Field((2,), min_length=1)
    """Lengths of the n-grams; a bigram is the token and the next one, a trigram has the token in its middle."""

    scale: float = Field(0.1, gt=0)
    """Standard deviation of the numbers that a vector begins with; 0.3 suits text that is read by characters."""

    min_count: int = Field(2, ge=1)
    """N-grams seen less often in training are unknown."""

    lowercase: bool = False
    """Tokens that differ in case alone are one."""

    def features(self) -> Mapping[str, Config]:
        """N-gram ids."""
        return {FEATURE: NgramsConfig(orders=self.orders, min_count=self.min_count, lowercase=self.lowercase)}

    def build(self, sizes: Mapping[str, FeatureSize]) -> NgramsEmbedder:
        """A fresh table of fitted n-grams."""
        return NgramsEmbedder(sizes[FEATURE], self)


class NgramsEmbedder(Embedder):
    """A table of n-grams of all orders."""

    reads = (FEATURE,)

    def __init__(self, size: FeatureSize, config: NgramsEmbedderConfig) -> None:
        super().__init__()
        self.out_dim = config.dim * len(config.orders)
        self.table = table(size.count, config.dim, config.scale)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Ngrams (batch, time) or (batch, time, orders) -> (batch, time, out_dim)."""
        ids = features[FEATURE]
        vectors: Tensor = self.table(ids).view(*ids.shape[:2], self.out_dim)
        return vectors
