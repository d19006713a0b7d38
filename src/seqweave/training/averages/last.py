"""The mean of the weights at the last evaluations: what is known as averaging checkpoints.

    a_e = 1 / n * sum_{i = e-n+1..e} w_i,     with the weights w_i at evaluation i, and n = min(count, e)

Paper: Vaswani et al., 2017, arXiv:1706.03762, section 6.1 (the last 5 checkpoints of small models, 20 of large ones).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from pydantic import Field
from torch import Tensor, nn

from seqweave.training.averages.contract import AverageConfig, Averaging, Weights, average, require_names


@average("last")
class LastConfig(AverageConfig):
    """The mean of the weights at the last few evaluations, known as averaging checkpoints."""

    count: int = Field(default=5, ge=2, le=100)
    """Evaluations whose weights are averaged, the present one among them; each takes memory."""

    @property
    def copies(self) -> int:
        """Those of the evaluations before."""
        return self.count - 1

    def build(self, model: nn.Module) -> LastAverage:
        """The mean of a model's trainable weights."""
        return LastAverage(model, self.count)


class LastAverage(Averaging):
    """The weights as they stand and those of evaluations before, averaged.

    Args:
        model: whose trainable parameters are averaged.
        count: how many at most; at least 2.
    """

    def __init__(self, model: nn.Module, count: int) -> None:
        self._weights, self._kept = Weights(model), count - 1
        self._before: list[list[Tensor]] = []

    def update(self, step: int) -> None:
        """Nothing to take in."""

    def evaluated(self, history: Sequence[float]) -> bool:  # noqa: ARG002  # the contract's argument
        """Keep the weights, and let those go that are too old."""
        self._before = [*self._before, self._weights.copies()][-self._kept :]
        return False

    def applied(self) -> AbstractContextManager[None]:
        """Where the model holds the means."""
        weights = self._weights.copies()
        means = [sum(same[1:], same[0]) / len(same) for same in zip(*self._before, weights, strict=True)]
        return self._weights.replaced(means)

    def tensors(self) -> dict[str, Tensor]:
        """Weights of the evaluations before as `<place>/<parameter>`, the oldest first."""
        named = [self._weights.named(tensors, f"{place}/") for place, tensors in enumerate(self._before)]
        return {name: tensor for tensors in named for name, tensor in tensors.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up weights of evaluations before."""
        names = self._weights.names
        places = range(min(len(tensors) // max(len(names), 1), self._kept))
        require_names({f"{place}/{name}" for place in places for name in names}, tensors)
        devices = [weight.device for weight in self._weights.tensors]
        self._before = [
            [tensors[f"{place}/{name}"].to(device, copy=True) for name, device in zip(names, devices, strict=True)]
            for place in places
        ]
