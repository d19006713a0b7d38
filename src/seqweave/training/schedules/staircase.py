"""A rate that stays for some epochs and then falls by the same factor from each epoch to the next.

    factor_e = decay^max(0, e + 1 - hold)          for epoch e, counted from 0

Paper: Zaremba et al., 2014, arXiv:1409.2329, section 4.1.
"""

from __future__ import annotations

from pydantic import Field

from seqweave.training.schedules.contract import Moment, ScheduleConfig, schedule


@schedule("staircase")
class StaircaseConfig(ScheduleConfig):
    """1 for `hold` epochs, then multiplied by `decay` where each further epoch begins."""

    hold: int = Field(default=1, ge=0)
    """Epochs at the full rate."""
    decay: float = Field(default=0.5, gt=0, lt=1)
    """What each epoch after them multiplies the rate by."""

    def factor(self, moment: Moment) -> float:
        """The decay to the power of the epochs begun after the first `hold`."""
        return float(self.decay ** max(0, moment.epoch + 1 - self.hold))
