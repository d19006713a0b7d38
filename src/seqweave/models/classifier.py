"""A classifier: embedders, one encoder, a pooled summary, and a head that gives every text its label or labels.

    answer = head(pool(encoder([embed_1(text); embed_2(text); ...])))

Paper: Conneau et al., 2017, arXiv:1705.02364 (BiLSTM with max pooling); Joulin et al., 2016, arXiv:1607.01759 (bag).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Choice
from seqweave.data.batches import LabelBatch, LabelRaw, TokenBatch
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
    LabelHeadConfig,
    Loss,
)
from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.embedding import EmbedderStack, features_of, stack
from seqweave.layers.pooling import Pool
from seqweave.models.contract import ModelConfig, model


@model("classifier")
class ClassifierConfig(ModelConfig):
    """Settings of a classifier."""

    batches = LabelBatch

    embed: tuple[Annotated[EmbedderConfig, Choice(EMBEDDERS)], ...] = Field(min_length=1)
    """Embedders; their vectors are concatenated."""
    embed_dropout: DropoutConfig = DropoutConfig()
    """Dropout of the embedded words."""
    encoder: Annotated[EncoderConfig, Choice(ENCODERS)]
    """The encoder of the embedded text."""
    pool: Literal["max", "mean", "summary"] = "max"
    """How a text's states become one vector: their maximum, their mean, or the encoder's own summary."""
    head: Annotated[LabelHeadConfig, Choice(HEADS, LabelHeadConfig)]
    """The head that scores labels."""

    def features(self) -> dict[str, FeatureConfig]:
        """The features its embedders read, by name."""
        return features_of(self.embed)

    def build(self, sizes: Sizes) -> Classifier:
        """A fresh classifier."""
        embed = stack(self.embed, sizes.features, self.embed_dropout)
        encoder = self.encoder.build(embed.out_dim)
        return Classifier(embed, encoder, Pool(self.pool), self.head.build(encoder.out_dim, sizes.labels))


class Classifier(EncodingModel[LabelBatch, LabelRaw]):
    """Probabilities of every label for a whole text."""

    def __init__(self, embed: EmbedderStack, encoder: Encoder, pool: Pool, head: Head[LabelRaw]) -> None:
        super().__init__()
        self.embed, self.encoder, self.pool, self.head = embed, encoder, pool, head

    def vectors(self, tokens: TokenBatch) -> Tensor:
        """The embedded tokens. Shape (batch, time, dim)."""
        vectors: Tensor = self.embed(tokens.features)
        return vectors

    def encode(self, vectors: Tensor, mask: Tensor) -> Encoded:
        """States and the pooled summary. Shapes (batch, time, dim), (batch, time) -> summary (batch, states)."""
        encoded: Encoded = self.encoder(vectors, mask)
        return Encoded(encoded.states, self.pool(encoded), encoded.mask)

    def log_probabilities(self, encoded: Encoded) -> Tensor:
        """Logarithm of the probability of every label. Shape of the summary (batch, states) -> (batch, labels)."""
        return self.head.log_probabilities(self.head(encoded), encoded.mask)

    def scores(self, tokens: TokenBatch) -> Tensor:
        """Scores of every label. Shape (batch, labels)."""
        scores: Tensor = self.head(self.encode(self.vectors(tokens), tokens.mask))
        return scores

    def loss(self, batch: LabelBatch) -> Loss:
        """Summed loss. Shapes: tokens (batch, time), gold as the batch holds it -> scalars."""
        return self.head.loss(self.scores(batch.tokens), batch.targets, batch.tokens.mask)

    def predict(self, batch: LabelBatch) -> LabelRaw:
        """Raw answers. Shapes as in the raw answer's class."""
        return self.head.predict(self.scores(batch.tokens), batch.tokens.mask)
