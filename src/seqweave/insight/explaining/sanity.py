"""Does an explanation tell of what was learned? The model beside copies of it whose weights are shuffled.

A copy has the same numbers in every weight tensor, in random order: nothing that was learned is left, while sizes and
scales are. Two questions are asked of the copies, after Adebayo et al., 2018, arXiv:1810.03292, section 3:

1. Is the model surer of this text than they are? If one of the copies is as sure, the explanation is flagged as
   meaningless. Of a model whose weights are themselves in random order (one that was never trained, or was randomised),
   no copy can be told from it, so it escapes the flag once in `COPIES` + 1 times: a permutation test at 5 %.
2. Do they give the same shares to the tokens? A rank correlation near 0 says that the shares come from what was
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

from seqweave.insight.explaining.attribution import absence
from seqweave.layers.contracts import Model

COPIES = 19
"""Shuffled copies; 1 in 20 is the usual level of a test."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Sanity:
    """How the model compares with its shuffled copies.

    Args:
        sureness: mean lead of the likeliest label over the next, in nats.
        copies: the same of each copy.
    """

    sureness: float
    copies: tuple[float, ...]

    @property
    def meaningless(self) -> bool:
        """Whether a copy is as sure of the text as the model is."""
        return any(copy >= self.sureness for copy in self.copies)


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


def sureness(logs: Tensor, exclusive: bool) -> float:
    """Mean lead of the likeliest label over the next one; of labels that do not exclude each other, over their absence.

    Args:
        logs: log-probabilities of one text. Shape (positions, labels).
        exclusive: whether exactly one label holds.
    """
    if exclusive:
        first, second = logs.topk(2, dim=1).values.unbind(dim=1)
        return float((first - second).mean())
    return float((logs - absence(logs)).abs().mean())


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
