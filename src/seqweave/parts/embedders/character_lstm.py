"""Characters read by two LSTMs, one from each end of a form; the vector is where both arrive.

    v(form) = [forwards(e(c_1), ..., e(c_n)); backwards(e(c_n), ..., e(c_1))],  the last state of each

Paper: Ling et al., 2015, arXiv:1508.02096; in a tagger: Lample et al., 2016, arXiv:1603.01360, section 4.1.
`characters` reads them with a convolution.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Config
from seqweave.data.features.characters import CharactersConfig
from seqweave.data.features.contract import PADDING
from seqweave.data.sizes import FeatureSize
from seqweave.layers.cell_direction import CellDirection
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder, lengths_of
from seqweave.layers.recurrent import reversal, reverse
from seqweave.layers.tables import table, trimmed

FEATURE = "characters"


@embedder("character-lstm")
class CharacterLSTMEmbedderConfig(EmbedderConfig):
    """Two LSTMs over the characters of a form: for long words that are put together of many parts."""

    hidden: int = Field(25, ge=1)
    """Size of each LSTM's state; the vector of a form is twice as wide."""

    character_dim: int = Field(25, ge=1)
    """Size of the vector of each character."""

    scale: float | None = Field(None, gt=0)
    """Standard deviation of the numbers that a vector begins with; its length is 1 on average if not given."""

    min_count: int = Field(2, ge=1)
    """Characters seen less often in training are unknown."""

    max_length: int = Field(24, ge=2)
    """Characters of each form; of a longer one the first and the last half of so many are read."""

    def features(self) -> Mapping[str, Config]:
        """Character ids."""
        return {FEATURE: CharactersConfig(min_count=self.min_count, max_length=self.max_length)}

    def build(self, sizes: Mapping[str, FeatureSize]) -> CharacterLSTMEmbedder:
        """A fresh embedder over fitted characters."""
        return CharacterLSTMEmbedder(sizes[FEATURE], self)


class CharacterLSTMEmbedder(Embedder):
    """A table of characters and an LSTM from each end."""

    reads = (FEATURE,)

    def __init__(self, size: FeatureSize, config: CharacterLSTMEmbedderConfig) -> None:
        super().__init__()
        self.out_dim = 2 * config.hidden
        self.table = table(size.count, config.character_dim, config.scale)
        self.forwards = CellDirection("LSTM", config.character_dim, config.hidden, 0.0)
        self.backwards = CellDirection("LSTM", config.character_dim, config.hidden, 0.0)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Characters (forms, length), forms (batch, time) -> (batch, time, out_dim)."""
        ids = trimmed(features[FEATURE])
        mask = ids != PADDING
        x = self.table(ids)  # (forms, length, character_dim)
        both = torch.cat([self.forwards(x), self.backwards(reverse(x, reversal(mask)))], dim=2)
        last = (lengths_of(mask) - 1).clamp(min=0)
        arrived = both[torch.arange(len(ids), device=ids.device), last] * mask[:, :1]  # (forms, out_dim)
        return arrived[features["forms"]]
