"""Schedules in closed form: constant, linear, cosine, inverse square root.

With p the share of training that lies behind, s the steps taken, and w the steps of the warm-up (at least 1):

    constant      1
    linear        1 - (1 - floor) * p
    cosine        floor + (1 - floor) * (1 + cos(pi * p)) / 2
    inverse-sqrt  sqrt(min(1, w / (s + 1)))
"""

from __future__ import annotations

import math

from pydantic import Field

from seqweave.training.schedules.contract import Moment, ScheduleConfig, schedule


@schedule("constant")
class ConstantConfig(ScheduleConfig):
    """The same rate to the end."""

    def factor(self, moment: Moment) -> float:  # noqa: ARG002  # the contract's argument; a constant needs none
        """Always 1."""
        return 1.0


@schedule("linear")
class LinearConfig(ScheduleConfig):
    """A straight line from 1 down to `floor` at the end of the last epoch."""

    floor: float = Field(default=0.0, ge=0, le=1)
    """The factor that the end of training would reach."""

    def factor(self, moment: Moment) -> float:
        """Linear in the progress."""
        return 1.0 - (1.0 - self.floor) * moment.progress


@schedule("cosine")
class CosineConfig(ScheduleConfig):
    """Half a cosine wave from 1 down to `floor` at the end of the last epoch.

    Paper: Loshchilov and Hutter, 2017, arXiv:1608.03983, eq. 5, without restarts.
    """

    floor: float = Field(default=0.0, ge=0, le=1)
    """The factor that the end of training would reach."""

    def factor(self, moment: Moment) -> float:
        """Half a wave over the progress."""
        return self.floor + (1.0 - self.floor) * (1.0 + math.cos(math.pi * moment.progress)) / 2


@schedule("inverse-sqrt")
class InverseSqrtConfig(ScheduleConfig):
    """1 until the warm-up ends, then falling with the square root of the step.

    Paper: Vaswani et al., 2017, arXiv:1706.03762, eq. 3, scaled to reach `learning_rate` at its peak.
    """

    def factor(self, moment: Moment) -> float:
        """Square root of the warm-up over the step, at most 1."""
        return math.sqrt(min(1.0, max(moment.warmup_steps, 1) / (moment.step + 1)))
