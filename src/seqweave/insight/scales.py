"""The scales of charts: values to places, and round values to mark."""

from __future__ import annotations

import math
from dataclasses import dataclass

FACTORS = (1, 2, 5, 10, 20)
"""What people count by; the last two are the next power's, which short axes may need."""
ROUNDING = 1e-9
"""Share of a step by which a computed end of an axis may miss the round value that it stands for."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to places.

    Args:
        low: the value at `start`.
        high: the value at `end`, above `low`.
        start: where the axis begins, in the units of the drawing.
        end: where it ends; below `start` on an axis that goes up.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values to mark on an axis: the smallest of ..., 0.5, 1, 2, 5, 10, ... apart that marks few enough.

    Args:
        low: one end of the axis.
        high: the other end, above it.
        most: how many marks there may be, at least 2.

    Example:
        >>> ticks(0, 3.2)
        [0.0, 1.0, 2.0, 3.0]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(factor * power for factor in FACTORS if len(_multiples(low, high, factor * power)) <= most)
    digits = decimals(step)
    return [round(i * step, digits) for i in _multiples(low, high, step)]


def decimals(step: float) -> int:
    """How many decimals tell multiples of a tick step apart."""
    return max(0, -math.floor(math.log10(step) + ROUNDING))


def widened(low: float, high: float) -> tuple[float, float]:
    """The ends of an axis over values from low to high: a tenth of room each side, not through zero."""
    room = 0.1 * (high - low) or 0.1 * abs(high) or 1.0
    return (low - room if low < 0 else max(0.0, low - room)), high + room


def _multiples(low: float, high: float, step: float) -> range:
    return range(math.ceil(low / step - ROUNDING), math.floor(high / step + ROUNDING) + 1)
