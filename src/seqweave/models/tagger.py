"""A tagger: embedders, one encoder, and a head that gives every token a tag.

    answer = head(encoder([embed_1(sentence); embed_2(sentence); ...]))

Paper: Huang, Xu and Yu, 2015, arXiv:1508.01991 (BiLSTM-CRF); Ma and Hovy, 2016, arXiv:1603.01354 (with characters).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Choice
from seqweave.data.batches import TagBatch, TagRaw, TokenBatch
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.sizes import Sizes
from seqweave.layers.contracts import (
    EMBEDDERS,
    ENCODERS,
    HEADS,
    EmbedderConfig,
    Encoded,
    Encoder,
    EncoderConfig,
    EncodingModel,
    Head,
    Loss,
    TagHeadConfig,
)
from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.embedding import EmbedderStack, features_of, stack
from seqweave.models.contract import ModelConfig, model


@model("tagger")
class TaggerConfig(ModelConfig):
    """Settings of a tagger."""

    batches = TagBatch

    embed: tuple[Annotated[EmbedderConfig, Choice(EMBEDDERS)], ...] = Field(min_length=1)
    """Embedders; their vectors are concatenated."""
    embed_dropout: DropoutConfig = DropoutConfig()
    """Dropout of the embedded words."""
    encoder: Annotated[EncoderConfig, Choice(ENCODERS)]
    """The encoder of the embedded sentence."""
    head: Annotated[TagHeadConfig, Choice(HEADS, TagHeadConfig)]
    """The head that scores tags."""

    def features(self) -> dict[str, FeatureConfig]:
        """The features its embedders read, by name."""
        return features_of(self.embed)

    def build(self, sizes: Sizes) -> Tagger:
        """A fresh tagger."""
        embed = stack(self.embed, sizes.features, self.embed_dropout)
        encoder = self.encoder.build(embed.out_dim)
        return Tagger(embed, encoder, self.head.build(encoder.out_dim, sizes.labels))


class Tagger(EncodingModel[TagBatch, TagRaw]):
    """One tag for every token."""

    def __init__(self, embed: EmbedderStack, encoder: Encoder, head: Head[TagRaw]) -> None:
        super().__init__()
        self.embed, self.encoder, self.head = embed, encoder, head

    def vectors(self, tokens: TokenBatch) -> Tensor:
        """The embedded tokens. Shape (batch, time, dim)."""
        vectors: Tensor = self.embed(tokens.features)
        return vectors

    def encode(self, vectors: Tensor, mask: Tensor) -> Encoded:
        """States of every token. Shapes (batch, time, dim), (batch, time) -> states (batch, time, states)."""
        encoded: Encoded = self.encoder(vectors, mask)
        return encoded

    def log_probabilities(self, encoded: Encoded) -> Tensor:
        """Logarithm of every tag's probability. Shape of the states (batch, time, states) -> (batch, time, labels)."""
        return self.head.log_probabilities(self.head(encoded), encoded.mask)

    def scores(self, tokens: TokenBatch) -> Tensor:
        """Scores of every tag of every token. Shape (batch, time, labels)."""
        scores: Tensor = self.head(self.encode(self.vectors(tokens), tokens.mask))
        return scores

    def loss(self, batch: TagBatch) -> Loss:
        """Summed loss. Shapes: tokens (batch, time), gold as the batch holds it -> scalars."""
        return self.head.loss(self.scores(batch.tokens), batch.tags, batch.tokens.mask)

    def predict(self, batch: TagBatch) -> TagRaw:
        """Raw answers. Shapes as in the raw answer's class."""
        return self.head.predict(self.scores(batch.tokens), batch.tokens.mask)
