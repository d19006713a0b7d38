"""A rate that drops whenever the watched score stands still: the factor is decay to the power of the drops."""

from __future__ import annotations

from pydantic import Field

from seqweave.training.schedules.contract import Moment, ScheduleConfig, schedule


@schedule("plateau")
class PlateauConfig(ScheduleConfig):
    """Multiplied by `decay` each time `patience` evaluations in a row bring no better score."""

    decay: float = Field(default=0.5, gt=0, lt=1)
    """What each drop multiplies the rate by."""
    patience: int = Field(default=2, ge=1)
    """Evaluations in a row without a better score that bring a drop."""

    def factor(self, moment: Moment) -> float:
        """The decay to the power of the drops that the history of scores has brought."""
        return float(self.decay ** self.drops(moment.history))

    def drops(self, history: tuple[float, ...]) -> int:
        """How often the score has stood still for `patience` evaluations."""
        best, waiting, drops = float("-inf"), 0, 0
        for score in history:
            waiting = 0 if score > best else waiting + 1
            best = max(best, score)
            if waiting == self.patience:
                waiting, drops = 0, drops + 1
        return drops
