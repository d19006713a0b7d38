"""An exponential moving average of the weights, which scores better than the weights themselves.

Paper: Polyak and Juditsky, 1992, "Acceleration of stochastic approximation by averaging". Differs: exponential, with a
warm-up of the decay, min(decay, (1 + t) / (10 + t)), so that the first steps do not linger.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from seqweave.core.errors import DataError


class Averaging(ABC):
    """Which weights are evaluated and saved."""

    @abstractmethod
    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 0."""

    @abstractmethod
    def applied(self) -> AbstractContextManager[None]:
        """Where the model holds the averaged weights."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """The averages by parameter name; what `restore` takes."""

    @abstractmethod
    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up saved averages; ones that do not fit are a DataError."""


def averaging(model: nn.Module, decay: float) -> Averaging:
    """The averaging of a decay; 0 is none."""
    return ExponentialAverage(model, decay) if decay else NoAverage()


class NoAverage(Averaging):
    """The last weights are evaluated and saved."""

    def update(self, step: int) -> None:
        """Nothing to take in."""

    def applied(self) -> AbstractContextManager[None]:
        """The model as it is."""
        return nullcontext()

    def tensors(self) -> dict[str, Tensor]:
        """Nothing to save."""
        return {}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Nothing to take up."""
        _check_names(set(), tensors)


class ExponentialAverage(Averaging):
    """Averages that start as a copy of the weights and follow them slowly.

    Args:
        model: whose trainable parameters are averaged.
        decay: share of the average that is kept at each step, 0 to 1, once the warm-up is over.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        named = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._names = list(named)
        self._weights: list[Tensor] = list(named.values())
        self._averages = [weight.detach().clone() for weight in self._weights]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move every average by (1 - decay) of its distance to the weight; decay warms up as (1 + t) / (10 + t)."""
        warm = (1 + step) / (10 + step)
        torch._foreach_lerp_(self._averages, self._weights, 1 - min(self.decay, warm))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Where the model holds the averages; the weights come back afterwards."""
        kept = [weight.detach().clone() for weight in self._weights]
        _copy(self._averages, self._weights)
        try:
            yield
        finally:
            _copy(kept, self._weights)

    def tensors(self) -> dict[str, Tensor]:
        """The averages by parameter name."""
        return dict(zip(self._names, self._averages, strict=True))

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up saved averages."""
        _check_names(set(self._names), tensors)
        _copy([tensors[name] for name in self._names], self._averages)


@torch.no_grad()
def _copy(sources: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
    for source, target in zip(sources, targets, strict=True):
        target.copy_(source)


def _check_names(expected: set[str], found: Mapping[str, Tensor]) -> None:
    if expected != set(found):
        raise DataError(
            "E-CKPT-07",
            f"the checkpoint averages other weights ({sorted(expected ^ set(found))[:3]})",
            mend="resume with the recipe and version that wrote it",
        )
