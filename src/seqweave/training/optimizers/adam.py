"""Adam, and AdamW, whose weight decay does not pass through the gradient.

With gradient g, rate r, and m and v at 0 before the first step:

    m_t = beta1 * m_{t-1} + (1 - beta1) * g_t,   v_t = beta2 * v_{t-1} + (1 - beta2) * g_t^2
    w_t = w_{t-1} - r * (m_t / (1 - beta1^t)) / (sqrt(v_t / (1 - beta2^t)) + epsilon)

AdamW first takes r * weight_decay * w_{t-1} away.

Papers: Kingma and Ba, 2015, arXiv:1412.6980, algorithm 1; Loshchilov and Hutter, 2019, arXiv:1711.05101, algorithm 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from seqweave.training.optimizers.contract import OptimizerConfig, fused_on, optimizer

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer


@optimizer("adam")
class AdamConfig(OptimizerConfig):
    """Settings of Adam."""

    beta1: float = Field(default=0.9, ge=0, lt=1)
    """Decay of the running mean of gradients."""
    beta2: float = Field(default=0.999, ge=0, lt=1)
    """Decay of the running mean of squared gradients."""
    epsilon: float = Field(default=1e-8, gt=0)
    """Added to the root of the mean square."""

    def build(self, parameters: Sequence[Parameter], learning_rate: float) -> Optimizer:
        """torch.optim.Adam over the parameters."""
        from torch.optim import Adam

        betas = (self.beta1, self.beta2)
        return Adam(parameters, learning_rate, betas, self.epsilon, fused=fused_on(parameters, "cpu", "cuda"))


@optimizer("adamw")
class AdamWConfig(OptimizerConfig):
    """Settings of AdamW."""

    beta1: float = Field(default=0.9, ge=0, lt=1)
    """Decay of the running mean of gradients."""
    beta2: float = Field(default=0.999, ge=0, lt=1)
    """Decay of the running mean of squared gradients."""
    epsilon: float = Field(default=1e-8, gt=0)
    """Added to the root of the mean square."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Share of every weight taken away at each step, times the learning rate."""

    def build(self, parameters: Sequence[Parameter], learning_rate: float) -> Optimizer:
        """torch.optim.AdamW over the parameters."""
        from torch.optim import AdamW

        betas = (self.beta1, self.beta2)
        fused = fused_on(parameters, "cpu", "cuda")
        return AdamW(parameters, learning_rate, betas, self.epsilon, self.weight_decay, fused=fused)
