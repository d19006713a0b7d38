"""An exponential moving average of the weights, which scores better than the weights themselves.

    a_t = d_t * a_{t-1} + (1 - d_t) * w_t,     d_t = min(decay, (1 + t) / (10 + t))

Paper: Polyak and Juditsky, 1992, "Acceleration of stochastic approximation by averaging". Differs: exponential, with a
warm-up of the decay, so that the first steps do not linger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import torch
from pydantic import Field
from torch import Tensor, nn

from seqweave.training.averages.contract import AverageConfig, Averaging, Weights, average, copy, require_names


@average("exponential")
class ExponentialConfig(AverageConfig):
    """A mean that forgets: the usual choice, which follows the weights at a distance."""

    decay: float = Field(default=0.998, gt=0, lt=1)
    """Share of the average that is kept at each step, once the warm-up is over."""

    @property
    def copies(self) -> int:
        """The average."""
        return 1

    def build(self, model: nn.Module) -> ExponentialAverage:
        """The average of a model's trainable weights."""
        return ExponentialAverage(model, self.decay)


class ExponentialAverage(Averaging):
    """Averages that start as a copy of the weights and follow them slowly.

    Args:
        model: whose trainable parameters are averaged.
        decay: share of the average that is kept at each step, 0 to 1, once the warm-up is over.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay, self._weights = decay, Weights(model)
        self._averages = self._weights.copies()

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move every average by (1 - decay) of its distance to the weight; decay warms up as (1 + t) / (10 + t)."""
        warm = (1 + step) / (10 + step)
        torch._foreach_lerp_(self._averages, self._weights.tensors, 1 - min(self.decay, warm))

    def evaluated(self, history: Sequence[float]) -> bool:  # noqa: ARG002  # the contract's argument
        """Nothing to take in."""
        return False

    def applied(self) -> AbstractContextManager[None]:
        """Where the model holds the averages."""
        return self._weights.replaced(self._averages)

    def tensors(self) -> dict[str, Tensor]:
        """The averages by parameter name."""
        return self._weights.named(self._averages)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up saved averages."""
        require_names(set(self._weights.names), tensors)
        copy([tensors[name] for name in self._weights.names], self._averages)
