"""RMSprop: gradients divided by a running root mean square.

With gradient g, rate r, and v and d at 0 before the first step:

    v_t = alpha * v_{t-1} + (1 - alpha) * g_t^2
    d_t = momentum * d_{t-1} + g_t / (sqrt(v_t) + epsilon),   w_t = w_{t-1} - r * d_t

Centered, v_t is lessened by the square of the running mean of g.

Paper: Tieleman and Hinton, 2012, "Neural Networks for Machine Learning", lecture 6.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from seqweave.training.optimizers.contract import OptimizerConfig, optimizer

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer


@optimizer("rmsprop")
class RMSpropConfig(OptimizerConfig):
    """Settings of RMSprop."""

    alpha: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the running mean of squared gradients."""
    epsilon: float = Field(default=1e-8, gt=0)
    """Added to the root of the mean square."""
    momentum: float = Field(default=0.0, ge=0, lt=1)
    """Share of the last step's direction that is kept."""
    centered: bool = False
    """Divide by the running variance in place of the mean square."""

    def build(self, parameters: Sequence[Parameter], learning_rate: float) -> Optimizer:
        """torch.optim.RMSprop over the parameters (torch has no fused kernel for it)."""
        from torch.optim import RMSprop

        return RMSprop(
            parameters,
            lr=learning_rate,
            alpha=self.alpha,
            eps=self.epsilon,
            momentum=self.momentum,
            centered=self.centered,
            foreach=True,
        )
