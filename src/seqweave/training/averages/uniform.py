"""The plain mean of all weights from a moment on: what averaged gradient descent hands back.

    a_k = 1 / (k - T + 1) * sum_{i = T..k} w_i

T = 0 for `uniform`. For `triggered` averaging begins by itself, after the first evaluation that is worse than the best
of those more than `interval` evaluations before it: one bad evaluation soon after a good one begins nothing. With the
optimizer `sgd` at a constant rate that is NT-ASGD.

Papers: Polyak and Juditsky, 1992, "Acceleration of stochastic approximation by averaging"; the trigger, Merity et al.,
2018, arXiv:1708.02182, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import torch
from pydantic import Field
from torch import Tensor, nn

from seqweave.training.averages.contract import AverageConfig, Averaging, Weights, average, copy, require_names
from seqweave.training.averages.none import NoAverage
from seqweave.training.history import non_monotone

COUNT = "/count"
"""No parameter's name holds a slash."""


@average("uniform")
class UniformConfig(AverageConfig):
    """The mean of all weights since training began, those it began with included; for fine-tuning."""

    @property
    def copies(self) -> int:
        """The mean."""
        return 1

    def build(self, model: nn.Module) -> UniformAverage:
        """The mean of a model's trainable weights."""
        return UniformAverage(model)


@average("triggered")
class TriggeredConfig(AverageConfig):
    """The mean of all weights since the scores stopped rising; with `optimizer: sgd`, NT-ASGD."""

    interval: int = Field(default=5, ge=1)
    """The paper's n: averaging begins after an evaluation that is worse than the best of those more than so many
    evaluations before it."""

    @property
    def copies(self) -> int:
        """The mean, once it is begun."""
        return 1

    def build(self, model: nn.Module) -> TriggeredAverage:
        """The mean of a model's trainable weights, once it is begun."""
        return TriggeredAverage(model, self.interval)


class UniformAverage(Averaging):
    """The mean of the weights, those it is made with the first.

    Args:
        model: whose trainable parameters are averaged.
    """

    def __init__(self, model: nn.Module) -> None:
        self._weights, self._count = Weights(model), 1
        self._means = self._weights.copies()

    @torch.no_grad()
    def update(self, step: int) -> None:  # noqa: ARG002  # the contract's argument; it counts by itself
        """Take in the weights with the share of each that came before."""
        self._count += 1
        torch._foreach_lerp_(self._means, self._weights.tensors, 1 / self._count)

    def evaluated(self, history: Sequence[float]) -> bool:  # noqa: ARG002  # the contract's argument
        """Nothing to take in."""
        return False

    def applied(self) -> AbstractContextManager[None]:
        """Where the model holds the means."""
        return self._weights.replaced(self._means)

    def tensors(self) -> dict[str, Tensor]:
        """The means by parameter name, and of how many weights."""
        return {**self._weights.named(self._means), COUNT: torch.tensor(self._count)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up saved means."""
        require_names({*self._weights.names, COUNT}, tensors)
        copy([tensors[name] for name in self._weights.names], self._means)
        self._count = int(tensors[COUNT])


class TriggeredAverage(Averaging):
    """No average, until the scores say that it is time for one.

    Args:
        model: whose trainable parameters are averaged.
        interval: of the non-monotone rule, in evaluations.
    """

    def __init__(self, model: nn.Module, interval: int) -> None:
        self._model, self._interval = model, interval
        self._average: Averaging = NoAverage()

    @property
    def begun(self) -> bool:
        """Whether there is an average."""
        return isinstance(self._average, UniformAverage)

    def update(self, step: int) -> None:
        """Take in the weights once there is an average."""
        self._average.update(step)

    def evaluated(self, history: Sequence[float]) -> bool:
        """Begin with the weights just evaluated, if the rule says so."""
        begins = not self.begun and non_monotone(history, self._interval)
        if begins:
            self._average = UniformAverage(self._model)
        return begins

    def applied(self) -> AbstractContextManager[None]:
        """Where the model holds the means, once there are any."""
        return self._average.applied()

    def tensors(self) -> dict[str, Tensor]:
        """The means, once there are any."""
        return self._average.tensors()

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up saved means, if there were any."""
        self._average = UniformAverage(self._model) if tensors else NoAverage()
        self._average.restore(tensors)
