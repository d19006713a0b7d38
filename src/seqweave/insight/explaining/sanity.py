"""Does an explanation tell of what was learned? The model beside copies of it whose weights are shuffled.

A copy has the same numbers in every weight tensor, in random order: nothing that was learned is left, while sizes and
scales are. Two questions are asked of the copies, after Adebayo et al., 2018, arXiv:1810.03292, section 3:

1. Are the model's weights in an order that chance does not give? Learning stretches a weight matrix along what it has
   learned, so that its largest singular value stands out; shuffled, the same numbers have none that does. The statistic
   is the largest z-score of log singular values over all weight matrices, each among its own shuffled copies. If a copy
   reaches the model's, every explanation of the model is flagged as meaningless. Where the entries of each matrix are
   independent and alike (a network that was never trained, or was randomised), no copy can be told from the model, so
   it escapes the flag once in `COPIES` + 1 times: a permutation test at 1 %.
2. Do copies give the same shares to the tokens? A rank correlation near 0 says that the shares come from what was
   learned, one near 1 that they come from the text and the network's build alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqweave.layers.contracts import Model

COPIES = 99
"""Shuffled copies of each matrix."""
SEED = 1
ENTRIES = 2**17
"""Entries of a matrix that are looked at, in its first rows: of a table of words, those of the most frequent."""


@dataclass(frozen=True, slots=True)
class Sanity:
    """How the order of the model's weights compares with that of its shuffled copies.

    Args:
        order: the largest z-score of the largest singular values, over all matrices.
        copies: the same of each copy.
    """

    order: float
    copies: tuple[float, ...]

    @property
    def meaningless(self) -> bool:
        """Whether a copy reaches the model."""
        return any(copy >= self.order for copy in self.copies)


@torch.no_grad()
def sanity(network: Model[Any, Any], seed: int = SEED) -> Sanity:
    """Whether the weights can be told from random numbers; of weights that are all alike they cannot."""
    generator = torch.Generator().manual_seed(seed)
    logs = [_singular(matrix, generator) for matrix in _matrices(network)]
    if not logs:
        return Sanity(0.0, (0.0,) * COPIES)
    values = torch.stack(logs)  # (matrices, 1 + copies), the model's own first
    scores = (values - values.mean(dim=1, keepdim=True)) / values.std(dim=1, keepdim=True)
    own, *others = scores.amax(dim=0).tolist()
    return Sanity(own, tuple(others))


def _matrices(network: Model[Any, Any]) -> Iterator[Tensor]:
    """The learned weights with at least two rows and columns, but for those without any spread."""
    for parameter in network.parameters():
        if parameter.requires_grad and parameter.dim() > 1:
            matrix = parameter.flatten(1)[: max(2, ENTRIES // parameter[0].numel())]
            if min(matrix.shape) > 1 and bool((matrix != matrix[0, 0]).any()):
                yield matrix.double()


def _singular(matrix: Tensor, generator: torch.Generator) -> Tensor:
    """Logarithm of the largest singular value, of the matrix and of its shuffled copies. Shape (1 + copies,)."""
    orders = (torch.randperm(matrix.numel(), generator=generator) for _ in range(COPIES))
    every = [matrix, *(matrix.flatten()[order].view_as(matrix) for order in orders)]
    return torch.stack([_largest(one).log() for one in every])


def _largest(matrix: Tensor) -> Tensor:
    """The largest singular value, from the smaller one of the two Gram matrices: far cheaper than a decomposition."""
    narrow = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    squares: Tensor = torch.linalg.eigvalsh(narrow.T @ narrow)
    return squares[-1].sqrt()


def shuffled(network: Model[Any, Any], seed: int = SEED) -> Iterator[Model[Any, Any]]:
    """Endless copies of a network, the entries of each parameter in random order; equal seeds give equal copies."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield _shuffled(network, generator)


@torch.no_grad()
def _shuffled(network: Model[Any, Any], generator: torch.Generator) -> Model[Any, Any]:
    fresh = copy.deepcopy(network)
    for parameter in fresh.parameters():
        order = torch.randperm(parameter.numel(), generator=generator)
        parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return fresh


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's rank correlation of magnitudes; 0 where all are equal on one side.

    Example:
        >>> rank_correlation([1, -2, 3], [10, 20, 30])
        1.0
    """
    ranks = [_ranks(np.abs(values)) for values in (one, other)]
    centred = [rank - rank.mean() for rank in ranks]
    norm = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return round(float((centred[0] * centred[1]).sum()) / norm, 12) if norm else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; of equal values, their mean. Shape (values,) -> (values,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: np.ndarray = (last - (counts - 1) / 2)[inverse]
    return ranks
