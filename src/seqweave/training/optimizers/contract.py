"""The contract of an optimizer's settings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer

OPTIMIZERS = Registry("optimizers", "seqweave.training.optimizers")
optimizer = OPTIMIZERS.register


class OptimizerConfig(Config, ABC):
    """Settings of an optimizer, and its factory. Weight penalties are `training.l1` and `training.l2`, not here."""

    @abstractmethod
    def build(self, parameters: Sequence[Parameter], learning_rate: float) -> Optimizer:
        """A fresh optimizer; the loop sets the rate of every step afterwards."""


def fused_on(parameters: Sequence[Parameter], *devices: str) -> bool:
    """True where torch's fused kernel can be used: floating point parameters, all on devices that have it.

    The fused kernels work element by element, so they are deterministic; on CPU they are the fastest there is.
    """
    return all(p.is_floating_point() and p.device.type in devices for p in parameters)
