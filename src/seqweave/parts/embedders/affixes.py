"""Affixes: what a word's beginning, end and shape tell of it, once per word form.

Each affix has a learned vector; those of a form are concatenated, projected and rectified:

    v(form) = max(0, W [e(affix_1); ...; e(affix_8)])

On English tagging this makes a convolution over characters nearly redundant, at a fraction of its cost.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Config
from seqweave.data.features.affixes import WIDTH, AffixesConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder
from seqweave.layers.linear import Linear
from seqweave.layers.tables import table

FEATURE = "affixes"


@embedder("affixes")
class AffixesEmbedderConfig(EmbedderConfig):
    """Suffixes, prefixes, first letter and shape: the first choice beside `words` in tagging languages of letters."""

    dim: int = Field(96, ge=1)
    """Size of the vector of a form."""

    affix_dim: int = Field(24, ge=1)
    """Size of the vector of each affix."""

    scale: float | None = Field(None, gt=0)
    """Standard deviation of the numbers that a vector begins with; its length is 1 on average if not given."""

    min_count: int = Field(2, ge=1)
    """Affixes seen less often in training are unknown."""

    def features(self) -> Mapping[str, Config]:
        """Affix ids."""
        return {FEATURE: AffixesConfig(min_count=self.min_count)}

    def build(self, sizes: Mapping[str, FeatureSize]) -> AffixesEmbedder:
        """A fresh embedder over fitted affixes."""
        return AffixesEmbedder(sizes[FEATURE], self)


class AffixesEmbedder(Embedder):
    """A table of affixes and a projection."""

    reads = (FEATURE,)

    def __init__(self, size: FeatureSize, config: AffixesEmbedderConfig) -> None:
        super().__init__()
        self.out_dim = config.dim
        self.table = table(size.count, config.affix_dim, config.scale)
        self.project = Linear(WIDTH * config.affix_dim, config.dim, bias=False)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Shapes: affixes (forms, 8), forms (batch, time) -> (batch, time, out_dim)."""
        affixes = self.table(features[FEATURE]).flatten(1)  # (forms, 8 * affix_dim)
        vectors: Tensor = self.project(affixes).relu()  # (forms, out_dim)
        return vectors[features["forms"]]
