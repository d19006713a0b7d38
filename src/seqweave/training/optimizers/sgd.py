"""Stochastic gradient descent, with momentum by choice.

With gradient g, rate r, and d at 0 before the first step:

    d_t = momentum * d_{t-1} + g_t
    w_t = w_{t-1} - r * d_t,  or with Nesterov's look ahead  w_{t-1} - r * (g_t + momentum * d_t)

Paper: Sutskever et al., 2013, "On the importance of initialization and momentum in deep learning".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from seqweave.training.optimizers.contract import OptimizerConfig, fused_on, optimizer

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer


@optimizer("sgd")
class SGDConfig(OptimizerConfig):
    """Settings of plain or momentum gradient descent."""

    momentum: float = Field(default=0.0, ge=0, lt=1)
    """Share of the last step's direction that is kept; 0 is plain descent."""
    nesterov: bool = False
    """Look ahead along the momentum; needs momentum above 0."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs momentum above 0, for instance 0.9")
        return self

    def build(self, parameters: Sequence[Parameter], learning_rate: float) -> Optimizer:
        """torch.optim.SGD over the parameters."""
        from torch.optim import SGD

        return SGD(
            parameters,
            lr=learning_rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
            fused=fused_on(parameters, "cpu", "cuda"),
        )
