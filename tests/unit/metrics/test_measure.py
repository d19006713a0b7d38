"""Measures: the bootstrap against a slow loop, and its coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from seqweave.metrics import measure as module
from seqweave.metrics.measure import Measure, intervals, ratio, replicates, share


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


def test_replicates_of_one_size_share_their_draws() -> None:
    measures = [shares(bernoulli(i, 0.6, size)) for i, size in enumerate([50, 40, 50])]
    for measure, values in zip(measures, replicates(measures, 100, seed=3), strict=True):
        np.testing.assert_allclose(values, measure.finish(measure.resampled(100, seed=3)))


def test_no_examples_give_zero() -> None:
    assert shares(np.ones(0)).interval().to_json() == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_share_of_nothing_is_zero() -> None:
    np.testing.assert_array_equal(ratio(np.array([1, 3]), np.array([0, 4])), [0.0, 75.0])
    assert share(np.array([0.0, 0.0])) == 0.0
