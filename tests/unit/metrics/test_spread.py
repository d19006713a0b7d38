"""Means and spreads of seeds against scipy, and by simulation."""

from __future__ import annotations

from statistics import stdev

import numpy as np
import pytest
from scipy import stats

from seqweave.metrics.spread import Spread, seed_interval, seeds_needed, student_quantile


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 3.7, 10, 200])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(share: float, freedom: float) -> None:
    assert student_quantile(share, freedom) == pytest.approx(stats.t.ppf(share, freedom), rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("sizes", [(3, 3), (2, 5), (10, 4)])
def test_the_interval_is_welch_s(sizes: tuple[int, int]) -> None:
    generator = np.random.default_rng(sum(sizes))
    a, b = (tuple(generator.normal(90 + i, 1 + i, size).tolist()) for i, size in enumerate(sizes))
    found = seed_interval(Spread(a), Spread(b), 0.9)
    wanted = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), rel=1e-4)
    assert found.value == pytest.approx(np.mean(a) - np.mean(b))


def test_one_run_beside_several_is_judged_by_their_spread() -> None:
    several = (90.0, 91.0, 92.5, 90.5)
    found = seed_interval(Spread((93.0,)), Spread(several))
    assert found is not None
    # Crawford and Howell's test of one value beside a sample
    reach = stats.t.ppf(0.975, 3) * stdev(several) * np.sqrt(1 + 1 / 4)
    assert (found.low, found.high) == pytest.approx((2.0 - reach, 2.0 + reach), rel=1e-4)
    mirrored = seed_interval(Spread(several), Spread((93.0,)))
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_single_runs_tell_nothing_of_seeds() -> None:
    assert seed_interval(Spread((90.0,)), Spread((80.0,))) is None
    assert seeds_needed(Spread((90.0,)), Spread((80.0,))) is None


def test_runs_without_any_spread_leave_no_doubt() -> None:
    found = seed_interval(Spread((90.0, 90.0)), Spread((80.0, 80.0)))
    assert found is not None
    assert found.to_json() == {"value": 10.0, "low": 10.0, "high": 10.0}


def test_recipes_that_are_equal_in_truth_are_seldom_told_apart() -> None:
    trials, alarms, generator = 300, 0, np.random.default_rng(1)
    for _ in range(trials):
        a, b = (Spread(tuple(generator.normal(90, 1, 3).tolist())) for _ in range(2))
        found = seed_interval(a, b)
        assert found is not None
        alarms += found.low > 0 or found.high < 0
    assert alarms / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)


def test_as_many_seeds_as_needed_decide() -> None:
    a, b = Spread((90.0, 91.0, 89.0)), Spread((89.2, 90.3, 88.2))
    needed = seeds_needed(a, b)
    assert needed is not None
    variance = a.deviation**2 + b.deviation**2

    def reach(count: int) -> float:
        freedom = (count - 1) * variance**2 / (a.deviation**4 + b.deviation**4)
        return float(stats.t.ppf(0.975, freedom) * np.sqrt(variance / count))

    lead = a.mean - b.mean
    assert reach(needed) < lead <= reach(needed - 1)
    assert seeds_needed(Spread((90.0, 91.0)), Spread((90.0, 91.0))) is None


def test_a_spread_is_told_as_plain_values() -> None:
    assert Spread((1.0, 2.0, 4.0)).to_json() == {"mean": 2.333, "spread": 1.528, "runs": [1.0, 2.0, 4.0]}
    assert Spread((1.0,)).deviation == 0.0
    assert Spread((1.0,)).to_json() == {"mean": 1.0, "spread": None, "runs": [1.0]}
