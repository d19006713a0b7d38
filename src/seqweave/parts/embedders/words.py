"""Words: one learned vector for each word form seen in training.

Rare words are replaced by the unknown word now and then while training, each occurrence with probability
a / (a + count), so that the vector of the unknown word is learned from what it will stand for.

Paper: Kiperwasser and Goldberg, 2016, arXiv:1603.04351, section 4 (word dropout); Gal and Ghahramani, 2016,
arXiv:1512.05287, section 4.2 (dropout of whole rows of the table).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from seqweave.core.configuration import Config
from seqweave.data.features.words import WordsConfig
from seqweave.data.sizes import FeatureSize
from seqweave.data.vectors import VectorsConfig
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder
from seqweave.layers.dropout import Rate, embedding_dropout, word_dropout, word_rates
from seqweave.layers.tables import table

FEATURE = "words"


@embedder("words")
class WordsEmbedderConfig(EmbedderConfig):
    """A learned vector for each word; with `affixes` beside it, the first choice for tagging."""

    dim: int = Field(100, ge=1)
    """Size of each vector; with pretrained vectors, theirs."""

    scale: float = Field(0.1, gt=0)
    """Standard deviation of the numbers that a vector begins with; 0.3 suits text that is read by characters."""

    min_count: int = Field(1, ge=1)
    """Forms seen less often in training are unknown."""

    max_size: int | None = Field(None, ge=1)
    """At most so many forms, the most frequent ones."""

    lowercase: bool = True
    """Forms that differ in case alone are one; `affixes` and `characters` still see the case."""

    digits: Literal["keep", "zero"] = "zero"
    """zero: every digit is read as 0, so that all numbers of a length are one form."""

    vectors: VectorsConfig | None = None
    """Pretrained vectors to begin with; words without one begin at random, alike in size."""

    trainable: bool = True
    """Vectors are learned; if not, they stay as they begin, that of the unknown word included."""

    word_dropout: Rate = 0.0
    """Probability that any word becomes the unknown word while training, from 0 up to but not including 1."""

    rare_word_dropout: float = Field(0.25, ge=0)
    """The a of a / (a + count), with which a word seen `count` times becomes the unknown word; 0 for never."""

    embedding_dropout: Rate = 0.0
    """Probability that a word's vector is dropped at all its places in a batch, from 0 up to but not including 1."""

    @model_validator(mode="after")
    def _dims_agree(self) -> Self:
        if self.vectors is not None and self.vectors.dim != self.dim:
            raise ValueError(
                f"dim is {self.dim}, but the vectors have {self.vectors.dim}; write dim: {self.vectors.dim}"
            )
        return self

    def features(self) -> Mapping[str, Config]:
        """Word ids."""
        feature = WordsConfig(
            min_count=self.min_count,
            max_size=self.max_size,
            lowercase=self.lowercase,
            digits=self.digits,
            vectors=self.vectors,
        )
        return {FEATURE: feature}

    def build(self, sizes: Mapping[str, FeatureSize]) -> WordsEmbedder:
        """A fresh table, begun with pretrained vectors where the feature has them."""
        return WordsEmbedder(sizes[FEATURE], self)


class WordsEmbedder(Embedder):
    """A table of word vectors."""

    reads = (FEATURE,)
    rates: Tensor

    def __init__(self, size: FeatureSize, config: WordsEmbedderConfig) -> None:
        super().__init__()
        self.out_dim = config.dim
        self.table = table(size.count, config.dim, config.scale)
        self.table.weight.requires_grad_(config.trainable)
        self.embedding_dropout = config.embedding_dropout
        rates = word_rates(torch.as_tensor(size.counts), config.word_dropout, config.rare_word_dropout)
        self.register_buffer("rates", rates, persistent=False)
        if size.vectors.any():
            _begin(self.table.weight, torch.as_tensor(size.vectors, dtype=torch.float32))

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Shapes: words (forms,), forms (batch, time) -> (batch, time, out_dim)."""
        ids = word_dropout(features[FEATURE][features["forms"]], self.rates, training=self.training)
        vectors = self.table(ids)
        return embedding_dropout(vectors, ids, len(self.rates), self.embedding_dropout, training=self.training)


@torch.no_grad()
def _begin(weight: Tensor, vectors: Tensor) -> None:
    """Put pretrained vectors into a fresh table, and scale the rows that have none to the others' size.

    Args:
        weight: fresh rows, changed in place. Shape (count, dim).
        vectors: zero where there is none, but not all of them. Shape (count, dim).
    """
    known = vectors.any(dim=1)
    fresh = weight.square().mean().sqrt()
    weight *= vectors[known].square().mean().sqrt() / fresh
    weight[known] = vectors[known]
