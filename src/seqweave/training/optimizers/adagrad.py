"""Adagrad: every weight's rate falls with the sum of its squared gradients, so rare features keep learning.

With gradient g and rate r:

    s_t = s_{t-1} + g_t^2,   w_t = w_{t-1} - r * g_t / (sqrt(s_t) + epsilon)

Paper: Duchi et al., 2011, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from seqweave.training.optimizers.contract import OptimizerConfig, fused_on, optimizer

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer


@optimizer("adagrad")
class AdagradConfig(OptimizerConfig):
    """Settings of Adagrad."""

    start: float = Field(default=0.0, ge=0)
    """What every sum of squared gradients begins with."""
    epsilon: float = Field(default=1e-10, gt=0)
    """Added to the root of the sum."""

    def build(self, parameters: Sequence[Parameter], learning_rate: float) -> Optimizer:
        """torch.optim.Adagrad over the parameters (its fused kernel is for the CPU alone)."""
        from torch.optim import Adagrad

        return Adagrad(
            parameters,
            lr=learning_rate,
            initial_accumulator_value=self.start,
            eps=self.epsilon,
            fused=fused_on(parameters, "cpu"),
        )
