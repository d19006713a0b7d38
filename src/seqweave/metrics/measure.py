"""A measure is a number computed from summed counts of examples, so that one bootstrap serves every metric.

Accuracy is (right, all); F1 is (right, guessed, gold); a per-class table is these for each class. Resampling examples
is resampling rows of counts. Shares are percent, 0 to 100.

Paper: Efron and Tibshirani, 1993, An Introduction to the Bootstrap, chapter 13 (percentile intervals).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BLOCK_ELEMENTS = 1 << 20
"""Draws held at once: 8 MB of weights, so that one matrix product serves many resamples at any number of examples."""


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
        percent: whether it is a share, 0 to 100; perplexity is none.
        signature: how exactly it is measured, where a name does not say it: only equal signatures can be compared.
        learned: whether training changes it, so that it can choose an epoch; how much of a text is unknown is a fact.
    """

    counts: np.ndarray
    finish: Callable[[np.ndarray], np.ndarray]
    higher_is_better: bool = True
    signature: str = ""
    percent: bool = True
    learned: bool = True

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
        return percentiles(self.value, self.finish(self.resampled(resamples, seed)), level)

    def resampled(self, resamples: int, seed: int) -> np.ndarray:
        """Sums of counts over resampled examples; equal seeds draw equal examples. Shape (resamples, k)."""
        generator = np.random.default_rng(seed)
        examples, width = self.counts.shape
        sums = np.zeros((resamples, width))
        if not examples:
            return sums
        block = max(1, BLOCK_ELEMENTS // examples)
        for start in range(0, resamples, block):
            rows = min(block, resamples - start)
            sums[start : start + rows] = _draws(generator, rows, examples) @ self.counts
        return sums


Scores = Mapping[str, Measure]


def intervals(scores: Scores, resamples: int = 1000, seed: int = 1, level: float = 0.95) -> dict[str, Interval]:
    """The interval of every score.

    Args:
        scores: measures by name.
        resamples: how many resamples.
        seed: of the resampling.
        level: coverage, 0 to 1.
    """
    found = replicates(list(scores.values()), resamples, seed)
    return {
        name: percentiles(measure.value, values, level)
        for (name, measure), values in zip(scores.items(), found, strict=True)
    }


def replicates(measures: Sequence[Measure], resamples: int = 1000, seed: int = 1) -> list[np.ndarray]:
    """The values of measures over resampled examples; those over equally many examples share one set of draws.

    What shares its draws is paired: differences of such values are differences on the same examples.

    Args:
        measures: any number of them.
        resamples: how many resamples.
        seed: of the resampling.

    Returns:
        The values of each measure. Shapes (resamples,).
    """
    found: dict[int, np.ndarray] = {}
    for examples in {len(measure.counts) for measure in measures}:
        group = {place: measure for place, measure in enumerate(measures) if len(measure.counts) == examples}
        together = Measure(np.concatenate([measure.counts for measure in group.values()], axis=1), _first)
        ends = np.cumsum([measure.counts.shape[1] for measure in group.values()])
        parts = np.split(together.resampled(resamples, seed), ends[:-1], axis=1)
        found |= {place: group[place].finish(sums) for place, sums in zip(group, parts, strict=True)}
    return [found[place] for place in range(len(measures))]


def percentiles(value: float, resampled: np.ndarray, level: float = 0.95) -> Interval:
    """The percentile interval of a value.

    Args:
        value: over all examples.
        resampled: over resampled ones. Shape (resamples,).
        level: coverage, 0 to 1.
    """
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))


def share(sums: np.ndarray) -> np.ndarray:
    """Percent that the first count is of the second, 0 where that is 0. Shape (..., 2) to (...)."""
    return ratio(sums[..., 0], sums[..., 1])


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Percent that `part` is of `whole`, 0 where there is no whole. Any shape, the same for both."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.asarray(100.0 * np.divide(part, whole, out=np.zeros_like(whole), where=whole != 0))


def _first(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[..., 0])


def _draws(generator: np.random.Generator, rows: int, examples: int) -> np.ndarray:
    """How often each example is drawn in each resample. Shape (rows, examples), float64 for the matrix product."""
    drawn = np.empty((rows, examples))
    for row in drawn:
        row[:] = np.bincount(generator.integers(0, examples, examples), minlength=examples)
    return drawn
