"""Whether two systems differ: paired bootstrap and approximate randomisation, over the same examples.

An example is the unit. Each resample draws examples with replacement and computes both metrics anew from summed counts;
each shuffle swaps the two systems' counts of an example or leaves them. A system may have been trained with several
seeds: its value is then the mean over them, and all its seeds are drawn or swapped together.

Papers: Koehn, 2004, W04-3250 (paired bootstrap); Riezler and Maxwell, 2005, W05-0908, and Yeh, 2000, cs/0008005
(approximate randomisation); Holm, 1979, Scandinavian Journal of Statistics 6 (several comparisons).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from seqweave.core.errors import InternalError
from seqweave.metrics.measure import BLOCK_ELEMENTS, Interval, Measure, percentiles, replicates

LEVEL = 0.95
TIE = 1e-9
"""Differences closer than this are equal: sums of fractions do not come out alike in every order."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one system is above another on the same examples.

    Args:
        interval: the difference of the values with its bootstrap interval.
        p: two-sided probability of a difference at least as large if there were none, 0 to 1.
        error: standard error of the difference, in its unit.
    """

    interval: Interval
    p: float
    error: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.interval.low > TIE or self.interval.high < -TIE


def paired_difference(a: Measure, b: Measure, resamples: int = 1000, seed: int = 1, level: float = LEVEL) -> Difference:
    """How far `a` is above `b`, both over the same examples in the same order, by the paired bootstrap.

    Args:
        a: one measure.
        b: the other, of the same metric.
        resamples: how many resamples.
        seed: of the resampling; both sides draw the same examples.
        level: coverage, 0 to 1.

    Raises:
        InternalError: if the two are not over equally many examples.
    """
    differing = differing_examples([a], [b])
    ours, theirs = replicates([a, b], resamples, seed)
    return bootstrapped(a.value - b.value, ours - theirs, differing, level)


def bootstrapped(observed: float, resampled: np.ndarray, differing: int, level: float = LEVEL) -> Difference:
    """A difference with what its resamples tell.

    The p-value centres the resampled differences, which is what they would be were there no difference, and is never
    below what the smallest sample allows: with m examples on which the systems differ, all in one's favour, chance
    would do the same with probability 2 ** (1 - m), whatever the bootstrap says of so few.

    Args:
        observed: the difference over all examples.
        resampled: the same over resampled ones. Shape (resamples,).
        differing: number of examples whose counts differ.
        level: coverage, 0 to 1.
    """
    centred = np.abs(resampled - resampled.mean())
    p = tail_share(int((centred >= abs(observed) - TIE).sum()), len(resampled))
    return Difference(percentiles(observed, resampled, level), max(p, _smallest_p(differing)), float(resampled.std()))


def randomisation_p(a: Sequence[Measure], b: Sequence[Measure], shuffles: int = 1000, seed: int = 1) -> float:
    """Two-sided p-value of approximate randomisation, 0 to 1.

    Args:
        a: one system, a measure for each seed.
        b: the other, with as many seeds; counts of the same columns.
        shuffles: how many random swaps of all examples are tried.
        seed: of the swaps.

    Raises:
        InternalError: if the two are not over equally many examples, or have different numbers of seeds.
    """
    differing_examples(a, b)
    if len(a) != len(b):
        raise InternalError("E-METRIC-04", f"{len(a)} seeds cannot be swapped with {len(b)}")
    ours, theirs = (np.stack([measure.counts for measure in side], axis=1) for side in (a, b))
    gaps = ours - theirs  # (examples, seeds, k)
    gaps = gaps[gaps.any(axis=(1, 2))]
    observed = _mean_value(a, ours.sum(axis=0)) - _mean_value(b, theirs.sum(axis=0))
    generator, extreme = np.random.default_rng(seed), 0
    block = max(1, BLOCK_ELEMENTS // max(len(gaps), 1))
    for start in range(0, shuffles, block):
        swaps = generator.integers(0, 2, (min(block, shuffles - start), len(gaps))).astype(np.float64)
        moved = np.tensordot(swaps, gaps, axes=1)  # (shuffles, seeds, k)
        shuffled = _mean_value(a, ours.sum(axis=0) - moved) - _mean_value(b, theirs.sum(axis=0) + moved)
        extreme += int((np.abs(shuffled) >= abs(observed) - TIE).sum())
    return tail_share(extreme, shuffles)


def differing_examples(a: Sequence[Measure], b: Sequence[Measure]) -> int:
    """Number of examples on which any run of one system differs from any run of the other.

    Raises:
        InternalError: if the systems are not over equally many examples.
    """
    sizes = {len(measure.counts) for measure in a}, {len(measure.counts) for measure in b}
    if sizes[0] != sizes[1] or len(sizes[0]) != 1:
        raise InternalError("E-METRIC-01", f"{max(sizes[0])} examples cannot be paired with {max(sizes[1])}")
    different = np.zeros(len(a[0].counts), bool)
    for ours in a:
        for theirs in b:
            different |= _rows_differ(ours.counts, theirs.counts)
    return int(different.sum())


def tail_share(extreme: int, tried: int) -> float:
    """The p-value of Monte Carlo tests, (r + 1) / (R + 1): the observed outcome counts as one of those tried."""
    return (extreme + 1) / (tried + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """P-values of several comparisons adjusted so that all claims below a level are right together at that level.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    adjusted, largest = [1.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = largest
    return adjusted


def examples_needed(difference: Difference, examples: int, comparisons: int = 1, level: float = LEVEL) -> int | None:
    """About how many examples would decide, were the difference as large as it looks: n (z error / difference)^2.

    Args:
        difference: as measured, not decided.
        examples: on how many.
        comparisons: how many are made together; z is that of the strictest one.
        level: coverage, 0 to 1.

    Returns:
        More than `examples`; None where the two do not differ at all, so that no number would decide.
    """
    if abs(difference.interval.value) < TIE:
        return None
    z = NormalDist().inv_cdf(1 - (1 - level) / (2 * comparisons))
    return max(examples + 1, math.ceil(examples * (z * difference.error / difference.interval.value) ** 2))


def _smallest_p(differing: int) -> float:
    return 2.0 ** (1 - differing) if differing else 1.0


def _rows_differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # systems scored apart may have counted different labels: what has other columns is another count
    return np.asarray((a != b).any(axis=1)) if a.shape == b.shape else np.ones(len(a), bool)


def _mean_value(system: Sequence[Measure], sums: np.ndarray) -> np.ndarray:
    """The mean over seeds of the values of sums. Shape (..., seeds, k) to (...)."""
    return np.asarray(system[0].finish(sums).mean(axis=-1))
