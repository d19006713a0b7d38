"""What models that teach a reader share: their settings, and how what they tell is scored."""

from __future__ import annotations

from abc import ABC
from typing import Annotated

from pydantic import Field
from torch import nn

from seqweave.core.configuration import Choice
from seqweave.core.errors import RecipeError
from seqweave.data.batches import ReadBatch
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.sizes import Sizes
from seqweave.layers.reading import READERS, ReaderConfig
from seqweave.layers.words import SOFTMAXES, WordSoftmax, WordSoftmaxConfig, full_softmax
from seqweave.models.contract import ModelConfig

MOST_TOLD = 10_000
"""Tokens that are told where `data.max_size` says nothing; all others are told as the unknown one."""


class ReadingConfig(ModelConfig, ABC):
    """Settings of a model that teaches a reader."""

    batches = ReadBatch

    reader: Annotated[ReaderConfig, Choice(READERS)]
    """What is kept of the model where it is used as a `contextual` embedder."""
    output: Annotated[WordSoftmaxConfig, Choice(SOFTMAXES)] = Field(default_factory=full_softmax)
    """How states become probabilities of words."""

    def features(self) -> dict[str, FeatureConfig]:
        """The features that the reader's embedders read, by name."""
        return self.reader.features()

    def words(self, in_dim: int, sizes: Sizes) -> WordSoftmax:
        """A fresh output layer over the tokens that are told, with weights of its own.

        Raises:
            RecipeError: if it compares tokens with the vectors that they are read by: there are none.
        """
        if self.output.likens:
            kind = self.output.kind
            what = f"the output {kind!r} compares words by the vectors they are read by, and a reader may know none"
            raise RecipeError("E-READ-02", what, mend="use the output `kind: full`")
        return self.output.build(in_dim, nn.Embedding(sizes.target.count, 1), tied=False)
