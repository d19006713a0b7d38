"""The contract of a schedule: the moment in training to a factor on the learning rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry

SCHEDULES = Registry("schedules", "seqweave.training.schedules")
schedule = SCHEDULES.register


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step is taken.

    Args:
        step: optimizer steps taken before this one.
        progress: share of all planned training that lies behind, 0 to 1, 1 excluded.
        warmup_steps: length of the linear rise of the rate, in steps.
        history: the watched score of every evaluation so far, oriented so that higher is better.
        epoch: passes over the data that lie behind.
    """

    step: int
    progress: float
    warmup_steps: int = 0
    history: tuple[float, ...] = ()
    epoch: int = 0

    @property
    def rise(self) -> float:
        """The factor of the warm-up: 1/warmup_steps at the first step, then linearly to 1."""
        return min(1.0, (self.step + 1) / self.warmup_steps) if self.warmup_steps else 1.0


class ScheduleConfig(Config, ABC):
    """Settings of a schedule; the warm-up multiplies whatever it says."""

    @abstractmethod
    def factor(self, moment: Moment) -> float:
        """What the learning rate is multiplied by at this moment, 0 to 1."""
