"""The contracts that every part keeps, and the small value types they pass to each other.

Axis words are fixed: batch, time, dim, labels, forms (the distinct word forms of one batch). Tensors are batch-first;
masks are bool and True where a position is real.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

import torch
from torch import Tensor, nn

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry
from seqweave.data.batches import LabelRaw, TagRaw, TokenBatch
from seqweave.data.sizes import FeatureSize, LabelSpace

EMBEDDERS = Registry("embedders", "seqweave.parts.embedders")
ENCODERS = Registry("encoders", "seqweave.parts.encoders")
HEADS = Registry("heads", "seqweave.parts.heads")

embedder = EMBEDDERS.register
encoder = ENCODERS.register
head = HEADS.register


@dataclass(frozen=True, slots=True)
class Encoded:
    """What an encoder hands on.

    Args:
        states: one vector per position, zero at padding. Shape (batch, time, dim).
        summary: one vector per row. Shape (batch, dim).
        mask: True where a position is real. Shape (batch, time), bool.
        undropped: the states before dropout, anything at padding, where there is any. Shape (batch, time, dim).
    """

    states: Tensor
    summary: Tensor
    mask: Tensor
    undropped: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """A sum and its count, so that accumulation, ranks and joint tasks divide once by the global count.

    Args:
        total: summed loss, scalar, differentiable.
        count: how many terms were summed, scalar.
        parts: summed named parts of the total, for the log; divided by the same count.
    """

    total: Tensor
    count: Tensor
    parts: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def mean(self) -> Tensor:
        """The total over the count; scalar."""
        return self.total / self.count.clamp(min=1)


class Embedder(nn.Module, ABC):
    """Feature ids to vectors.

    `reads` names the entries of the batch's features it takes, `out_dim` is the size of the vectors.
    """

    reads: tuple[str, ...]
    out_dim: int

    @abstractmethod
    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position.

        Args:
            features: by name, at least those in `reads` and "forms", the index of each position's word form among
                the batch's distinct forms. Shapes: "forms" (batch, time), long; a feature of forms (forms,) or
                (forms, width), long; a feature of positions (batch, time) or (batch, time, width), long.

        Returns:
            Vectors. Shape (batch, time, out_dim); anything at padding.
        """


class Encoder(nn.Module, ABC):
    """Vectors to contextual states. Law: padding never changes a real position.

    `out_dim` is the size of states and summary.
    """

    out_dim: int

    @abstractmethod
    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        """States of every position and a summary of every row.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real, real positions first. Shape (batch, time), bool; each row has at
                least one True.

        Returns:
            Encoded. states (batch, time, out_dim), zero at padding; summary (batch, out_dim).
        """


State = tuple[Tensor, ...]
"""What an encoder remembers of a text so far: tensors of which axis 0 is the batch, so that rows can be chosen."""


class StatefulEncoder(Encoder, ABC):
    """An encoder that can go on where it stopped, if it reads in one direction: if its `directions` are 1, and not 2.

    Law: a text in windows, the state carried from each to the next, gives what the whole text gives, wherever it is
    cut; and padding behind a row's end does not change its state.
    """

    directions: int

    @abstractmethod
    def run(self, x: Tensor, mask: Tensor, state: State | None) -> tuple[Encoded, State]:
        """States of a window's positions, and what is remembered behind its last ones.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real, real positions first. Shape (batch, time), bool; each row has at
                least one True.
            state: from the window before; None where the texts begin. Shapes (batch, ...).

        Returns:
            Encoded, as `forward` gives it, its summary that of the window; and the state behind each row's last real
            position, not detached.

        Raises:
            RecipeError: if its settings read in both directions.
        """


BatchT = TypeVar("BatchT")
RawT = TypeVar("RawT")


class Head(nn.Module, ABC, Generic[RawT]):
    """States to scores, a loss over gold labels, and the best answer."""

    @abstractmethod
    def forward(self, encoded: Encoded) -> Tensor:
        """Scores of every label.

        Args:
            encoded: what the encoder handed on. Shapes: states (batch, time, dim), summary (batch, dim).

        Returns:
            Scores. Shape (batch, labels) for labels of rows, (batch, time, labels) for tags.
        """

    @abstractmethod
    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        """Summed loss over what has a gold label.

        Args:
            scores: from `forward`.
            targets: gold. Shape (batch, labels), float, NaN where there is no gold; or (batch, time), long,
                -100 where there is no gold.
            mask: True where a position is real. Shape (batch, time), bool.
        """

    @abstractmethod
    def predict(self, scores: Tensor, mask: Tensor) -> RawT:
        """The answer that maximises the score, with probabilities.

        Args:
            scores: from `forward`.
            mask: True where a position is real. Shape (batch, time), bool.
        """

    @abstractmethod
    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Logarithm of the probability of every label, those of `predict` among them; differentiable.

        Args:
            scores: from `forward`.
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            Shaped as the scores; anything at padding.
        """


class EmbedderConfig(Config, ABC):
    """Settings of an embedder, and its factory.

    `sees_others` says whether a position's vector tells anything of the tokens at other positions.
    """

    sees_others: ClassVar[bool] = False

    @abstractmethod
    def features(self) -> Mapping[str, Config]:
        """The features it reads: name -> feature config (data/features), which is fitted on the training data."""

    @abstractmethod
    def build(self, sizes: Mapping[str, FeatureSize]) -> Embedder:
        """A fresh embedder over fitted features."""


class EncoderConfig(Config, ABC):
    """Settings of an encoder, and its factory."""

    @abstractmethod
    def build(self, in_dim: int) -> Encoder:
        """A fresh encoder of vectors of size `in_dim`."""


class LabelHeadConfig(Config, ABC):
    """Settings of a head over row summaries, and its factory.

    `exclusive` says whether exactly one label holds for a row, or any number of them.
    """

    exclusive: ClassVar[bool] = True

    @abstractmethod
    def build(self, in_dim: int, labels: LabelSpace) -> Head[LabelRaw]:
        """A fresh head over summaries of size `in_dim`."""


class TagHeadConfig(Config, ABC):
    """Settings of a head over states, and its factory."""

    @abstractmethod
    def build(self, in_dim: int, labels: LabelSpace) -> Head[TagRaw]:
        """A fresh head over states of size `in_dim`."""


class Model(nn.Module, ABC, Generic[BatchT, RawT]):
    """A whole network over one type of batch."""

    @abstractmethod
    def loss(self, batch: BatchT) -> Loss:
        """The summed training loss of a batch."""

    @abstractmethod
    def predict(self, batch: BatchT) -> RawT:
        """The raw answers for a batch; called in `eval()` mode under `torch.inference_mode()`."""


class EncodingModel(Model[BatchT, RawT], ABC, Generic[BatchT, RawT]):
    """A model in three steps: tokens to vectors, vectors to states, states to labels. Explanations observe each."""

    @abstractmethod
    def vectors(self, tokens: TokenBatch) -> Tensor:
        """The embedded tokens. Shape (batch, time, dim)."""

    @abstractmethod
    def encode(self, vectors: Tensor, mask: Tensor) -> Encoded:
        """What the head reads.

        Args:
            vectors: from `vectors`, or others in their place. Shape (batch, time, dim), float.
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            Encoded. states (batch, time, states), summary (batch, states).
        """

    @abstractmethod
    def log_probabilities(self, encoded: Encoded) -> Tensor:
        """Logarithm of the probability of every label, those of `predict` among them; differentiable.

        Args:
            encoded: from `encode`. Shapes: states (batch, time, states), summary (batch, states).

        Returns:
            Shape (batch, labels), or (batch, time, labels) with anything at padding.
        """


class FittedModel(Model[BatchT, RawT], ABC, Generic[BatchT, RawT]):
    """A model with a convex objective: fitted in one call over the whole training set, not by steps."""

    @abstractmethod
    def fit(self, batch: BatchT) -> int:
        """Set the parameters to the minimum of the objective over all rows; returns the evaluations it took."""


def lengths_of(mask: Tensor) -> Tensor:
    """Number of real positions of each row. Shape (batch, time) -> (batch,)."""
    return mask.sum(dim=1)


def zero_padding(states: Tensor, mask: Tensor) -> Tensor:
    """States with padding set to zero. Shapes (batch, time, dim), (batch, time) -> (batch, time, dim)."""
    return torch.where(mask.unsqueeze(-1), states, torch.zeros((), dtype=states.dtype, device=states.device))
