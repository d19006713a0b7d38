"""The place of a slip beside a loop over all places, and beside slips that were planted."""

import random
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.alignment import likely_slip

LENGTHS = st.lists(st.integers(0, 60), min_size=1, max_size=12)


def slow_costs(source, target):
    """The cost of each place, line by line."""
    logs = [np.log1p(lengths) for lengths in (source, target)]
    one, other = ([float(log) - statistics.median(logs[side].tolist()) for log in logs[side]] for side in (0, 1))
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    skip = len(longer) - len(shorter)
    return [
        sum(abs(longer[i + skip * (i >= place)] - shorter[i]) for i in range(len(shorter)))
        for place in range(len(shorter) + 1)
    ]


@settings(deadline=None, max_examples=100)
@given(source=LENGTHS, target=LENGTHS)
def test_it_is_the_cheapest_place(source, target):
    costs = slow_costs(source, target)
    assert costs[likely_slip(np.array(source), np.array(target))] == pytest.approx(min(costs))


@pytest.mark.parametrize("lost", [0, 300, 999])
@pytest.mark.parametrize("side", [0, 1])
def test_a_planted_slip_is_found(lost, side):
    generator = random.Random(lost)
    source = [generator.randint(5, 90) for _ in range(1000)]
    pair = [source, [round(length * generator.uniform(2.4, 3.6)) for length in source]]
    del pair[side][lost]
    assert abs(likely_slip(*map(np.array, pair)) - lost) <= 3
