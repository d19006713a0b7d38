"""The contract of readers: networks that plain text teaches what a token means where it stands, layer by layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator
from torch import Tensor, nn

from seqweave.core.configuration import Choice, Config
from seqweave.core.registry import Registry
from seqweave.data.batches import ReadBatch, ScoreRaw
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import EMBEDDERS, EmbedderConfig, Model
from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.embedding import EmbedderStack, features_of, stack
from seqweave.layers.linear import Linear

READERS = Registry("readers", "seqweave.parts.readers")
reader = READERS.register


class Reader(nn.Module, ABC):
    """Feature ids to one vector a token and layer. Laws: padding, other rows and their order change nothing.

    `out_dim` is the size of the vectors, and `depth` the number of layers, that of the tokens by themselves, the first
    one, included.
    """

    out_dim: int
    depth: int

    @abstractmethod
    def forward(self, features: Mapping[str, Tensor], mask: Tensor) -> Tensor:
        """Vectors of every token at every layer.

        Args:
            features: ids by name, as in TokenBatch.
            mask: True where a position is real, real positions first. Shape (batch, time), bool.

        Returns:
            Shape (depth, batch, time, out_dim); zero at padding.
        """


class ReaderConfig(Config, ABC):
    """Settings of a reader, and its factory."""

    embed: tuple[Annotated[EmbedderConfig, Choice(EMBEDDERS)], ...] = Field(min_length=1)
    """Embedders of the tokens; their vectors are concatenated."""
    embed_dropout: DropoutConfig = DropoutConfig()
    """Dropout of the embedded tokens."""
    dim: int = Field(default=256, ge=1)
    """Size that the embedded tokens are projected to."""

    @field_validator("embed")
    @classmethod
    def _tokens_by_themselves(cls, embed: tuple[EmbedderConfig, ...]) -> tuple[EmbedderConfig, ...]:
        for one in embed:
            if one.sees_others:
                mend = "use such as words, characters or subwords, which read each token by itself"
                raise ValueError(f"{one.kind} show a reader the very tokens that it has to tell. How to mend: {mend}")
        return embed

    def features(self) -> dict[str, FeatureConfig]:
        """The features that its embedders read, by name."""
        return features_of(self.embed)

    @abstractmethod
    def build(self, sizes: Mapping[str, FeatureSize]) -> Reader:
        """A fresh reader over fitted features."""


class TokenVectors(nn.Module):
    """The first layer of a reader: the embedded tokens, projected to its size.

    Args of the constructor: `config`, which embedders; `sizes`, of their features.
    """

    def __init__(self, config: ReaderConfig, sizes: Mapping[str, FeatureSize]) -> None:
        super().__init__()
        self.stack: EmbedderStack = stack(config.embed, sizes, config.embed_dropout)
        self.project = Linear(self.stack.out_dim, config.dim)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of the tokens by themselves. Shapes as in TokenBatch -> (batch, time, dim)."""
        vectors: Tensor = self.project(self.stack(features))
        return vectors


class ReadingModel(Model[ReadBatch, ScoreRaw], ABC):
    """A model that teaches a reader: `reader` is what is kept of it where it is used for another task."""

    reader: Reader
