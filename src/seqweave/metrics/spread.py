"""How far training seeds move a score: mean and spread of several runs, and what two systems' seeds can tell apart.

Papers: Welch, 1947, Biometrika 34 (two means with unequal spreads); Reimers and Gurevych, 2017, D17-1035 (report
distributions over seeds, not single scores); Crawford and Howell, 1998, The Clinical Neuropsychologist 12 (one value
beside a sample).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import mean, stdev

import numpy as np

from seqweave.metrics.measure import Interval

LEVEL = 0.95
MOST_SEEDS = 100
"""More seeds than anybody trains are not counted up to."""
ANGLES = 4001


@dataclass(frozen=True, slots=True)
class Spread:
    """Several runs of one recipe.

    Args:
        runs: their scores, one a seed; at least one.
    """

    runs: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean."""
        return mean(self.runs)

    @property
    def deviation(self) -> float:
        """The standard deviation of the population they are a sample of; 0 where there is one run only."""
        return stdev(self.runs) if len(self.runs) > 1 else 0.0

    def to_json(self) -> dict[str, float | list[float] | None]:
        """Plain values, rounded to three digits; a single run has no spread, which is not a spread of 0."""
        runs = [round(run, 3) for run in self.runs]
        spread = round(self.deviation, 3) if len(runs) > 1 else None
        return {"mean": round(self.mean, 3), "spread": spread, "runs": runs}


def seed_interval(a: Spread, b: Spread, level: float = LEVEL) -> Interval | None:
    """How far the mean of `a` is above that of `b`, with the interval that the variation of seeds leaves.

    Welch's t interval; where one side has a single run, the other's spread stands for both.

    Args:
        a: one system.
        b: the other.
        level: coverage, 0 to 1.

    Returns:
        None where both have a single run, which tells nothing of seeds.
    """
    if len(a.runs) == len(b.runs) == 1:
        return None
    value = a.mean - b.mean
    reach = _reach(_variances(a, b), (len(a.runs), len(b.runs)), level)
    return Interval(value, value - reach, value + reach)


def seeds_needed(a: Spread, b: Spread, level: float = LEVEL) -> int | None:
    """About how many seeds of each would decide, were the difference of means as large as it looks.

    Returns:
        None where there is no difference, both have a single run, or more than a hundred would be needed.
    """
    if len(a.runs) == len(b.runs) == 1:
        return None
    variances, value = _variances(a, b), abs(a.mean - b.mean)
    fewest = min(len(a.runs), len(b.runs)) + 1
    return next((n for n in range(fewest, MOST_SEEDS + 1) if _reach(variances, (n, n), level) < value), None)


def student_quantile(share: float, freedom: float) -> float:
    """The value below which Student's t lies with a probability.

    With t = sqrt(freedom) tan(angle) the density of the angle is proportional to cos(angle) ** (freedom - 1), which is
    summed here; no library of the core has it.

    Args:
        share: the probability, 0.5 to below 1.
        freedom: degrees of freedom, >= 1; need not be whole.

    Example:
        >>> round(student_quantile(0.975, 2), 3)
        4.303
    """
    angles = np.linspace(0.0, math.pi / 2, ANGLES)
    density = np.cos(angles) ** (freedom - 1)
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    angle = float(np.interp(2 * share - 1, mass / mass[-1], angles))
    return math.sqrt(freedom) * math.tan(angle)


def _variances(a: Spread, b: Spread) -> tuple[float, float]:
    """Variance of one run of each; the other's where there is but one."""
    ours, theirs = a.deviation**2, b.deviation**2
    return (theirs if len(a.runs) == 1 else ours), (ours if len(b.runs) == 1 else theirs)


def _reach(variances: tuple[float, float], seeds: tuple[int, int], level: float) -> float:
    """Half the width of the interval."""
    parts = [variance / count for variance, count in zip(variances, seeds, strict=True)]
    if not sum(parts):
        return 0.0
    if 1 in seeds:
        freedom = float(max(seeds) - 1)
    else:
        freedom = sum(parts) ** 2 / sum(part**2 / (count - 1) for part, count in zip(parts, seeds, strict=True))
    return student_quantile((1 + level) / 2, freedom) * math.sqrt(sum(parts))
