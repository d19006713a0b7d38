"""Contests: one metric, some examples, several systems, and what chance alone could have made of it.

A system may have been trained with several seeds: its score is then the mean over them, and a difference is decided
only if it stands out both from the choice of examples and from that of seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from seqweave.metrics.measure import Interval, Measure, percentiles, replicates
from seqweave.metrics.significance import (
    LEVEL,
    TIE,
    Difference,
    bootstrapped,
    differing_examples,
    examples_needed,
    holm,
    randomisation_p,
)
from seqweave.metrics.spread import Spread, seed_interval, seeds_needed

Test = Literal["bootstrap", "randomisation"]
SMALL = 10
"""Scores below this that are no percent differ in their third digit."""
Runs = Sequence[Measure]
"""The measures of one system, one for each of its runs, over the same examples."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How chance is ruled out.

    Args:
        test: where p-values come from; intervals come from the bootstrap.
        resamples: how many resamples, or shuffles.
        seed: of these.
    """

    test: Test = "bootstrap"
    resamples: int = 2000
    seed: int = 1


@dataclass(frozen=True)
class Ground:
    """Where a contest is held, before it is.

    Args:
        kind: what the examples are parted by; "all" where they are not.
        name: which part this is; the metric where they are not parted.
        count: how many it holds.
        unit: of what: examples, tokens, or occurrences of a class in the gold.
        systems: the measures of each system.
    """

    kind: str
    name: str
    count: int
    unit: str
    systems: Sequence[Runs]


@dataclass(frozen=True, slots=True)
class Standing:
    """The score of one system.

    Args:
        score: the mean over its runs, with its interval over examples.
        runs: its runs.
    """

    score: Interval
    runs: Spread


@dataclass(frozen=True, slots=True)
class Contrast:
    """One system beside the first.

    Args:
        difference: how far it is above the first.
        adjusted: its p-value, corrected for all comparisons that were made together.
        seeds: the difference with the interval that the variation of seeds leaves; None where neither has several.
        examples_needed: about how many examples would decide; None where the two do not differ.
        seeds_needed: about how many seeds of each would; None where that is not known.
    """

    difference: Difference
    adjusted: float
    seeds: Interval | None
    examples_needed: int | None
    seeds_needed: int | None

    @property
    def stands_over_examples(self) -> bool:
        """Whether other examples would hardly turn the difference around."""
        return self.difference.excludes_zero and self.adjusted <= 1 - LEVEL + TIE

    @property
    def stands_over_seeds(self) -> bool:
        """Whether other seeds would hardly do; also where nothing is known of them."""
        return self.seeds is None or self.seeds.low > TIE or self.seeds.high < -TIE

    @property
    def decided(self) -> bool:
        """Whether neither would."""
        return self.stands_over_examples and self.stands_over_seeds


@dataclass(frozen=True)
class Contest:
    """A contest that was held.

    Args:
        ground: where.
        standings: of all systems.
        contrasts: of all systems but the first.
    """

    ground: Ground
    standings: Sequence[Standing]
    contrasts: Sequence[Contrast]

    @property
    def higher_is_better(self) -> bool:
        """Which way to look."""
        return self.ground.systems[0][0].higher_is_better

    @property
    def percent(self) -> bool:
        """Whether scores are percent, and differences points."""
        return self.ground.systems[0][0].percent

    @property
    def digits(self) -> int:
        """How many digits are told behind the point: of small numbers, such as bits per character, one more."""
        return 2 if self.percent or abs(self.standings[0].score.value) >= SMALL else 3

    def verdict(self, contrast: Contrast) -> str:
        """Whether the other system is "better" or "worse" than the first, or "undecided"."""
        if not contrast.decided:
            return "undecided"
        return "better" if (contrast.difference.interval.value > 0) == self.higher_is_better else "worse"


def hold(grounds: Sequence[Ground], plan: Plan) -> list[Contest]:
    """Hold contests together: p-values are corrected for all of them, and grounds of one size share their draws.

    Args:
        grounds: of the same systems.
        plan: how chance is ruled out.
    """
    every = [measure for ground in grounds for system in ground.systems for measure in system]
    drawn = iter(replicates(every, plan.resamples, plan.seed))
    found = []
    for ground in grounds:
        resampled = [np.mean([next(drawn) for _ in system], axis=0) for system in ground.systems]
        others = zip(ground.systems[1:], resampled[1:], strict=True)
        differences = [_difference(ours, ground.systems[0], values - resampled[0], plan) for ours, values in others]
        found.append((ground, [_standing(*pair) for pair in zip(ground.systems, resampled, strict=True)], differences))
    adjusted = holm([difference.p for *_, differences in found for difference in differences])
    corrected = iter(adjusted)
    return [
        Contest(ground, standings, list(_contrasts(standings, differences, corrected, len(adjusted), ground)))
        for ground, standings, differences in found
    ]


def _standing(system: Runs, resampled: np.ndarray) -> Standing:
    runs = Spread(tuple(measure.value for measure in system))
    return Standing(percentiles(runs.mean, resampled, LEVEL), runs)


def _difference(ours: Runs, first: Runs, resampled: np.ndarray, plan: Plan) -> Difference:
    observed = float(np.mean([measure.value for measure in ours]) - np.mean([measure.value for measure in first]))
    found = bootstrapped(observed, resampled, differing_examples(ours, first))
    if plan.test == "bootstrap":
        return found
    return replace(found, p=randomisation_p(ours, first, plan.resamples, plan.seed))


def _contrasts(
    standings: Sequence[Standing],
    differences: Sequence[Difference],
    corrected: Iterator[float],
    comparisons: int,
    ground: Ground,
) -> Iterator[Contrast]:
    examples, first = len(ground.systems[0][0].counts), standings[0].runs
    for standing, difference in zip(standings[1:], differences, strict=True):
        needed = examples_needed(difference, examples, comparisons)
        seeds = seed_interval(standing.runs, first), seeds_needed(standing.runs, first)
        yield Contrast(difference, next(corrected), seeds[0], needed, seeds[1])
