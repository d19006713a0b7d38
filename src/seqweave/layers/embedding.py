"""Several embedders side by side: their vectors concatenated, then dropped out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from seqweave.core.errors import RecipeError
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig
from seqweave.layers.dropout import DropoutConfig


class EmbedderStack(nn.Module):
    """The vectors of several embedders, concatenated.

    Args:
        embedders: at least one.
        dropout: applied to the concatenated vectors.
    """

    def __init__(self, embedders: Sequence[Embedder], dropout: nn.Module) -> None:
        super().__init__()
        self.embedders = nn.ModuleList(embedders)
        self.dropout = dropout
        self.out_dim = sum(embedder.out_dim for embedder in embedders)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position.

        Args:
            features: ids by name, as in TokenBatch.

        Returns:
            Shape (batch, time, out_dim).
        """
        vectors = torch.cat([embedder(features) for embedder in self.embedders], dim=-1)
        dropped: Tensor = self.dropout(vectors)
        return dropped


def features_of(embed: Sequence[EmbedderConfig]) -> dict[str, FeatureConfig]:
    """The features that a list of embedders reads; two embedders may share one, if they agree on its settings.

    Raises:
        RecipeError: if two embedders want the same feature with different settings.
    """
    found: dict[str, FeatureConfig] = {}
    for config in embed:
        for name, feature in config.features().items():
            assert isinstance(feature, FeatureConfig)
            if found.setdefault(name, feature) != feature:
                raise RecipeError(
                    "E-RECIPE-20",
                    f"two embedders read the feature {name!r} with different settings",
                    mend="give both the same settings, or keep one of them",
                )
    return found


def stack(embed: Sequence[EmbedderConfig], sizes: Mapping[str, FeatureSize], dropout: DropoutConfig) -> EmbedderStack:
    """A fresh stack over fitted features."""
    return EmbedderStack([config.build(sizes) for config in embed], dropout.build())
