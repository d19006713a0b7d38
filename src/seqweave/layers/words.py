"""The contract of output layers over a vocabulary: states to the probability of every token, and their loss.

A language model and whatever else writes tokens ends in one. Which one is a choice (`SOFTMAXES`), one file each in
parts/softmaxes; the exact one is here, since it is what others are made of and compared with.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from seqweave.core.configuration import Choice, Config
from seqweave.core.registry import Registry
from seqweave.layers.chunked import CHUNK_BYTES, cross_entropy
from seqweave.layers.linear import Linear, wide
from seqweave.layers.repeated import repeated

STEP = 512
"""Positions up to which scores are taken for those of a search's step: its weights, a second time, are laid once."""

SOFTMAXES = Registry("softmaxes", "seqweave.parts.softmaxes")

softmax = SOFTMAXES.register


class WordSoftmax(nn.Module, ABC):
    """States to the probabilities of a vocabulary's tokens. Law: the loss is that of the probabilities told.

    `tokens` is how many there are.
    """

    tokens: int

    @abstractmethod
    def loss(self, states: Tensor, targets: Tensor, smoothing: float = 0.0, pointed: Tensor | None = None) -> Tensor:
        """Summed negative log-probability of the targets; scores of all tokens at all positions never exist at once.

        What else is learned from, beside the probabilities, may be added in training mode.

        Args:
            states: one vector a position. Shape (positions, in_dim).
            targets: gold tokens, any id of the vocabulary where a pointer leaves nothing to it. Shape (positions,),
                long.
            smoothing: share of the target's probability that is spread over the vocabulary, from 0 to below 1.
            pointed: logarithms of u and c of each position, not both -inf: a target of probability p has u p + c in
                its place. Shape (positions, 2).

        Returns:
            Scalar, in at least float32; differentiable once with respect to states, parameters and `pointed`.
        """

    @abstractmethod
    def log_probabilities(self, states: Tensor) -> Tensor:
        """Of every token; those of a position add up to 1. Shape (..., in_dim) -> (..., tokens), at least float32."""


class WordSoftmaxConfig(Config, ABC):
    """Settings of an output layer over a vocabulary, and its factory.

    `smooths` says whether its loss takes label smoothing, `ties` whether it can recognise tokens by a table's rows,
    `likens` whether it learns from these rows which tokens are alike, tied or not.
    """

    smooths: ClassVar[bool] = True
    ties: ClassVar[bool] = True
    likens: ClassVar[bool] = False

    @abstractmethod
    def build(self, in_dim: int, table: nn.Embedding, tied: bool) -> WordSoftmax:
        """A fresh layer over the tokens of a table.

        Args:
            in_dim: size of the states.
            table: the vectors of the tokens that are read, one row for each token that can be told.
            tied: whether a token is also recognised by its row of the table.
        """


class FullSoftmax(WordSoftmax):
    """A score for every token, with weights of its own or with the vectors by which the tokens are read.

        p = softmax(W s + b)            tied: W = E P, with the table E; P only where sizes differ

    Args of the constructor: those of `WordSoftmaxConfig.build`.
    """

    def __init__(self, in_dim: int, table: nn.Embedding, tied: bool) -> None:
        super().__init__()
        self.tokens, dim = table.weight.shape
        projected = tied and in_dim != dim
        self.project = Linear(in_dim, dim, bias=False) if projected else nn.Identity()
        self.words = Linear(dim if tied else in_dim, self.tokens)
        nn.init.zeros_(self.words.bias)
        if tied:
            self.words.weight = table.weight

    def recognised(self, states: Tensor) -> Tensor:
        """What is compared with each token's row. Shape (..., in_dim) -> (..., dim)."""
        vectors: Tensor = self.project(states)
        return vectors

    def loss(self, states: Tensor, targets: Tensor, smoothing: float = 0.0, pointed: Tensor | None = None) -> Tensor:
        """Summed cross entropy. Shapes (positions, in_dim), (positions,), (positions, 2) -> ()."""
        return cross_entropy(self.recognised(states), self.words, targets, smoothing, pointed)

    def log_probabilities(self, states: Tensor) -> Tensor:
        """Of every token. Shape (..., in_dim) -> (..., tokens)."""
        vectors = self.recognised(states)
        step = vectors.numel() <= STEP * vectors.shape[-1]
        scores = repeated(vectors, self.words) if step else self.words(vectors)
        return wide(scores).log_softmax(dim=-1)


def told(words: WordSoftmax, states: Tensor, targets: Tensor) -> Tensor:
    """Log-probability of each target, some positions at a time.

    Args:
        words: the output layer.
        states: Shape (positions, dim).
        targets: Shape (positions,), long.

    Returns:
        Shape (positions,), at least float32.
    """
    positions, found = max(1, CHUNK_BYTES // (words.tokens * states.element_size())), [wide(states.new_zeros(0))]
    for start in range(0, len(states), positions):
        some = slice(start, start + positions)
        logs = words.log_probabilities(states[some])
        found.append(logs.gather(1, targets[some].unsqueeze(1)).squeeze(1))
    return torch.cat(found)


def full_softmax() -> WordSoftmaxConfig:
    """The settings of the exact layer: the default wherever there is a choice."""
    chosen = Choice(SOFTMAXES, WordSoftmaxConfig).choose({"kind": "full"})
    assert isinstance(chosen, WordSoftmaxConfig)
    return chosen
