"""A measure is a number computed from summed counts of examples, so that one bootstrap serves every metric.

Accuracy is (right, all); F1 is (right, guessed, gold); a per-class table is these for each class. Resampling examples
is resampling rows of counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its bootstrap interval, in the measure's unit (percent for shares)."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Plain values, as computed."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Measure:
    """One metric over some examples.

    Args:
        counts: sufficient statistics of every example. Shape (examples, k), float64.
        finish: summed counts, shape (k,), or many sums at once, shape (..., k), to the value; shape (...).
        higher_is_better: which way early stopping and comparison look.
    """

    counts: np.ndarray
    finish: Callable[[np.ndarray], np.ndarray]
    higher_is_better: bool = True

    @property
    def value(self) -> float:
        """The metric over all examples; 0.0 where there are none."""
        return float(self.finish(self.counts.sum(axis=0)))

    def interval(self, resamples: int = 1000, seed: int = 1, level: float = 0.95) -> Interval:
        """Percentile bootstrap over examples.

        Args:
            resamples: how many resamples.
            seed: of the resampling.
            level: coverage, 0 to 1.
        """
        sums = self.resampled(resamples, seed)
        low, high = np.quantile(self.finish(sums), [(1 - level) / 2, (1 + level) / 2])
        return Interval(self.value, float(low), float(high))

    def resampled(self, resamples: int, seed: int) -> np.ndarray:
        """Sums of counts over resampled examples; equal seeds draw equal examples. Shape (resamples, k)."""
        generator = np.random.default_rng(seed)
        examples = len(self.counts)
        sums = np.empty((resamples, self.counts.shape[1]))
        for i in range(resamples):
            drawn = np.bincount(generator.integers(0, examples, examples), minlength=examples)
            sums[i] = drawn @ self.counts
        return sums


Scores = Mapping[str, Measure]
