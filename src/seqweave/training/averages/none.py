"""No average: the weights as they stand are evaluated and saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from torch import Tensor, nn

from seqweave.training.averages.contract import AverageConfig, Averaging, average, require_names


@average("none")
class NoAverageConfig(AverageConfig):
    """The weights as they stand are evaluated and saved."""

    @property
    def copies(self) -> int:
        """None."""
        return 0

    def build(self, model: nn.Module) -> NoAverage:  # noqa: ARG002  # the contract's argument
        """Nothing is averaged."""
        return NoAverage()


class NoAverage(Averaging):
    """The last weights are evaluated and saved."""

    def update(self, step: int) -> None:
        """Nothing to take in."""

    def evaluated(self, history: Sequence[float]) -> bool:  # noqa: ARG002  # the contract's argument
        """Nothing to take in."""
        return False

    def applied(self) -> AbstractContextManager[None]:
        """The model as it is."""
        return nullcontext()

    def tensors(self) -> dict[str, Tensor]:
        """Nothing to save."""
        return {}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Nothing to take up."""
        require_names(set(), tensors)
