"""Measures: the bootstrap against a slow loop, and its coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from seqweave.core.errors import InternalError
from seqweave.metrics import measure as module
from seqweave.metrics.measure import Measure, intervals, paired_difference, ratio, share


def shares(right: np.ndarray) -> Measure:
    return Measure(np.column_stack([right, np.ones(len(right))]).astype(float), share)


def bernoulli(seed: int, rate: float, examples: int) -> np.ndarray:
    return np.random.default_rng(seed).random(examples) < rate


@pytest.mark.parametrize("block", [1, 64, 1 << 20])
def test_resampled_sums_are_those_of_the_drawn_rows(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", block)
    counts = np.random.default_rng(2).normal(size=(17, 3))
    generator = np.random.default_rng(5)
    slow = [counts[generator.integers(0, 17, 17)].sum(axis=0) for _ in range(23)]
    np.testing.assert_allclose(Measure(counts, share).resampled(23, seed=5), slow)


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    rate, trials = 0.7, 200
    covered = 0
    for trial in range(trials):
        interval = shares(bernoulli(trial, rate, 150)).interval(resamples=150, seed=trial, level=0.9)
        covered += interval.low <= 100 * rate <= interval.high
    # three standard errors of a share of 0.9 over the trials, and 0.03 for the percentile interval's own bias
    assert abs(covered / trials - 0.9) < 3 * np.sqrt(0.9 * 0.1 / trials) + 0.03


def test_intervals_share_draws_and_equal_those_taken_alone() -> None:
    scores = {name: shares(bernoulli(i, 0.6, size)) for i, (name, size) in enumerate([("a", 50), ("b", 40), ("c", 50)])}
    together = intervals(scores, resamples=100, seed=3)
    assert list(together) == list(scores)
    for name, measure in scores.items():
        alone = measure.interval(resamples=100, seed=3)
        np.testing.assert_allclose(list(together[name].to_json().values()), list(alone.to_json().values()))


def test_a_paired_difference_draws_equal_examples() -> None:
    right = bernoulli(1, 0.8, 300)
    better = right.copy()
    better[np.flatnonzero(~right)[:20]] = True
    found = paired_difference(shares(better), shares(right))
    each = shares(better.astype(float) - right).interval()
    assert found.interval.value == pytest.approx(100 * 20 / 300)
    assert (found.interval.low, found.interval.high) == pytest.approx((each.low, each.high))
    assert found.interval.low > 0
    assert found.p < 0.01


def test_equal_measures_do_not_differ() -> None:
    same = shares(bernoulli(1, 0.8, 50))
    found = paired_difference(same, same)
    assert found.to_json() == {"value": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}


def test_the_p_value_is_small_as_seldom_as_it_says() -> None:
    trials = 120
    ps = [
        paired_difference(shares(bernoulli(t, 0.7, 100)), shares(bernoulli(t + trials, 0.7, 100)), 120).p
        for t in range(trials)
    ]
    assert np.mean(np.array(ps) < 0.1) < 0.1 + 3 * np.sqrt(0.1 * 0.9 / trials)
    assert np.mean(np.array(ps) < 0.5) > 0.5 - 3 * np.sqrt(0.25 / trials)


def test_unequal_numbers_of_examples_cannot_be_paired() -> None:
    with pytest.raises(InternalError, match=r"3 examples cannot be paired with 2.*E-METRIC-01"):
        paired_difference(shares(np.ones(3)), shares(np.ones(2)))


def test_no_examples_give_zero() -> None:
    assert shares(np.ones(0)).interval().to_json() == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_share_of_nothing_is_zero() -> None:
    np.testing.assert_array_equal(ratio(np.array([1, 3]), np.array([0, 4])), [0.0, 75.0])
    assert share(np.array([0.0, 0.0])) == 0.0
