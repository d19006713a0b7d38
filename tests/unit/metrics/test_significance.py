"""Paired tests against slow loops, full enumeration, and simulations in which the truth is known."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from seqweave.core.errors import InternalError
from seqweave.metrics.labels import tally_labels
from seqweave.metrics.measure import Measure, replicates, share
from seqweave.metrics.significance import (
    Difference,
    bootstrapped,
    examples_needed,
    holm,
    paired_difference,
    randomisation_p,
)

MANY = 20_000
"""Resamples that leave a Monte Carlo share within 0.02 of the exact one, five standard errors and more."""


def shares(right: np.ndarray) -> Measure:
    return Measure(np.column_stack([right, np.ones(len(right))]).astype(float), share)


def f1s(examples: int, seed: int) -> tuple[Measure, Measure]:
    """The micro F1 of two systems that guess some of three labels, counted over the same columns."""
    generator = np.random.default_rng(seed)

    def some() -> list[tuple[str, ...]]:
        return [tuple(np.array(list("xyz"))[generator.random(3) < 0.6]) for _ in range(examples)]

    gold, ours, theirs = some(), some(), some()
    both = tally_labels(gold * 2, ours + theirs).f1()
    return Measure(both.counts[:examples], both.finish), Measure(both.counts[examples:], both.finish)


def pairs(examples: int, lead: float, generator: np.random.Generator) -> tuple[Measure, Measure]:
    """Two systems right on 70 % of the examples, and most often on the same ones; `lead` (0 to 1) apart in truth."""
    easy = generator.random(examples)
    ours, theirs = (easy + generator.normal(0, 0.15, examples) < 0.7 for _ in range(2))
    flips = generator.random(examples) < lead
    return shares(ours | flips), shares(theirs & ~flips)


def test_resamples_are_those_of_a_slow_loop() -> None:
    a, b = f1s(11, seed=4)
    generator, slow = np.random.default_rng(7), []
    for _ in range(50):
        drawn = generator.integers(0, 11, 11)
        slow.append([2 * c[:, 0].sum() / (c[:, 1].sum() + c[:, 2].sum()) for c in (a.counts[drawn], b.counts[drawn])])
    slow_values = 100 * np.array(slow)
    ours, theirs = replicates([a, b], 50, seed=7)
    np.testing.assert_allclose(ours - theirs, slow_values[:, 0] - slow_values[:, 1])
    found = paired_difference(a, b, 50, seed=7)
    differences = slow_values[:, 0] - slow_values[:, 1]
    assert [found.interval.low, found.interval.high] == pytest.approx(np.quantile(differences, [0.025, 0.975]))
    assert found.error == pytest.approx(differences.std())


@pytest.mark.parametrize("examples", [2, 3, 4])
def test_the_bootstrap_is_that_of_all_resamples(examples: int) -> None:
    a, b = f1s(examples, seed=3)
    every = np.array(list(product(range(examples), repeat=examples)))
    assert len(every) == examples**examples
    sums = [measure.counts[every].sum(axis=1) for measure in (a, b)]
    exact = a.finish(sums[0]) - b.finish(sums[1])
    ours, theirs = replicates([a, b], MANY)
    values, counts = np.unique(np.round(exact, 6), return_counts=True)
    drawn = np.round(ours - theirs, 6)
    assert set(np.unique(drawn)) <= set(values)
    for value, count in zip(values, counts, strict=True):
        assert np.mean(drawn == value) == pytest.approx(count / len(every), abs=0.02)
    observed = a.value - b.value
    extreme = sum(abs(value - exact.mean()) >= abs(observed) - 1e-9 for value in exact)
    assert bootstrapped(observed, exact, differing=99).p == (extreme + 1) / (len(exact) + 1)


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("examples", [2, 5, 9])
def test_randomisation_is_that_of_all_swaps(examples: int, seeds: int) -> None:
    systems = [f1s(examples, seed=seed) for seed in range(seeds)]
    a, b = [pair[0] for pair in systems], [pair[1] for pair in systems]

    def difference(swapped: tuple[bool, ...]) -> float:
        keep = ~np.array(swapped)[:, None]
        value = 0.0
        for ours, theirs in zip(a, b, strict=True):
            first, second = np.where(keep, ours.counts, theirs.counts), np.where(keep, theirs.counts, ours.counts)
            value += float(ours.finish(first.sum(axis=0)) - theirs.finish(second.sum(axis=0)))
        return value / seeds

    observed = difference((False,) * examples)
    every = [difference(swapped) for swapped in product((False, True), repeat=examples)]
    exact = np.mean(np.abs(every) >= abs(observed) - 1e-9)
    assert randomisation_p(a, b, MANY) == pytest.approx(exact, abs=0.02)


def test_blocks_of_shuffles_do_not_change_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = f1s(30, seed=1)
    whole = randomisation_p([a], [b], 500)
    monkeypatch.setattr("seqweave.metrics.significance.BLOCK_ELEMENTS", 64)
    assert randomisation_p([a], [b], 500) == whole


def test_p_values_are_never_zero() -> None:
    a, b = shares(np.ones(50)), shares(np.zeros(50))
    assert randomisation_p([a], [b], 99) == 1 / 100
    assert paired_difference(a, b, 99).p == 1 / 100


def test_a_handful_of_examples_decides_nothing() -> None:
    """Five examples, all in one's favour: chance does as much in one case of sixteen."""
    for count, decided in ((1, False), (5, False), (6, True)):
        found = paired_difference(shares(np.ones(count)), shares(np.zeros(count)))
        assert found.p == max(2 ** (1 - count), 1 / 1001)
        assert (found.p <= 0.05) == decided


def test_the_interval_covers_the_true_difference_as_often_as_it_says() -> None:
    trials, lead, covered = 150, 0.1, 0
    generator = np.random.default_rng(1)
    a, b = pairs(200_000, lead, generator)
    truth = a.value - b.value
    for trial in range(trials):
        interval = paired_difference(*pairs(100, lead, generator), 100, seed=trial, level=0.9).interval
        covered += interval.low <= truth <= interval.high
    # three standard errors of a share of 0.9 over the trials, and 0.03 for the percentile interval's own bias
    assert abs(covered / trials - 0.9) < 3 * np.sqrt(0.9 * 0.1 / trials) + 0.03


@pytest.mark.parametrize("examples", [25, 100])
def test_systems_that_are_equal_in_truth_are_seldom_told_apart(examples: int) -> None:
    trials, generator = 200, np.random.default_rng(examples)
    alarms = {"bootstrap": 0, "randomisation": 0}
    for trial in range(trials):
        a, b = pairs(examples, 0.0, generator)
        found = paired_difference(a, b, 100, seed=trial)
        alarms["bootstrap"] += found.excludes_zero and found.p <= 0.05
        alarms["randomisation"] += found.excludes_zero and randomisation_p([a], [b], 100, seed=trial) <= 0.05
    for count in alarms.values():
        assert count / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)


def test_a_large_true_difference_is_seen() -> None:
    a, b = pairs(200, 0.15, np.random.default_rng(2))
    found = paired_difference(a, b)
    assert found.interval.low > 0
    assert max(found.p, randomisation_p([a], [b])) < 0.01


def test_equal_systems_do_not_differ() -> None:
    same = shares(np.random.default_rng(1).random(50) < 0.8)
    found = paired_difference(same, same)
    assert found == Difference(found.interval, 1.0, 0.0)
    assert found.interval.to_json() == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert not found.excludes_zero
    assert randomisation_p([same], [same]) == 1.0
    assert examples_needed(found, 50) is None


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(InternalError, match=r"3 examples cannot be paired with 2.*E-METRIC-01"):
        paired_difference(shares(np.ones(3)), shares(np.ones(2)))
    one = shares(np.ones(3))
    with pytest.raises(InternalError, match=r"2 seeds cannot be swapped with 1.*E-METRIC-04"):
        randomisation_p([one, one], [one])


def test_holm_rejects_what_stepping_down_rejects() -> None:
    generator = np.random.default_rng(5)
    for size in (1, 2, 5):
        ps = (generator.random(size) ** 3).tolist()
        for level in (0.01, 0.05, 0.2):
            rejected = set()
            for rank, place in enumerate(np.argsort(ps)):
                if ps[place] > level / (size - rank):
                    break
                rejected.add(int(place))
            assert {place for place, p in enumerate(holm(ps)) if p <= level} == rejected
    assert holm([]) == []


def test_as_many_examples_as_needed_decide_every_other_time() -> None:
    generator = np.random.default_rng(3)
    a, b = pairs(400, 0.05, generator)
    needed = examples_needed(paired_difference(a, b), 400)
    truth = (a.value - b.value) / 100
    assert needed is not None

    def decided(size: int) -> float:
        gaps = (a.counts - b.counts)[:, 0]
        trials = [paired_difference(*drawn(gaps, size), 100, seed=t).excludes_zero for t in range(40)]
        return float(np.mean(trials))

    def drawn(gaps: np.ndarray, size: int) -> tuple[Measure, Measure]:
        chosen = generator.choice(gaps, size)
        return shares(chosen == 1), shares(chosen == -1)

    size = math.ceil(400 * (1.96 * (a.counts - b.counts)[:, 0].std() / math.sqrt(400) / truth) ** 2)
    assert decided(size) == pytest.approx(0.5, abs=0.25)
    assert needed == pytest.approx(max(size, 401), rel=0.2)
    assert examples_needed(Difference(paired_difference(a, b).interval, 0.2, 5.0), 400, comparisons=3) > (
        examples_needed(Difference(paired_difference(a, b).interval, 0.2, 5.0), 400) or 0
    )
