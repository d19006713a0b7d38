"""Ticks against a search over all candidate steps; scales against the two ends they are defined by."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seqweave.insight.scales import Scale, decimals, ticks, widened

ENDS = st.decimals(-1000, 1000, places=3).map(float)


def slow_ticks(low: float, high: float, most: int) -> list[float]:
    """All steps from small to large, in exact numbers: the first that marks few enough."""
    bottom, top = Fraction(str(low)), Fraction(str(high))
    for exponent in range(-9, 9):
        for factor in (1, 2, 5):
            step = factor * Fraction(10) ** exponent
            first, last = -(-bottom // step), top // step
            if last - first + 1 <= most:
                return [float(i * step) for i in range(first, last + 1)]
    raise AssertionError("no step is large enough")


@given(ENDS, ENDS, st.integers(3, 8))
def test_ticks_are_the_smallest_round_steps_that_are_few_enough(low: float, high: float, most: int) -> None:
    assume(high - low >= 0.001)
    assert ticks(low, high, most) == slow_ticks(low, high, most)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 3.2, [0, 1, 2, 3]),
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (92.9, 93.8, [93.0, 93.2, 93.4, 93.6, 93.8]),
        (0, 0.3, [0.0, 0.1, 0.2, 0.3]),  # 0.3 / 0.1 is a little less than 3 in binary
        (0.14, 0.2, [0.14, 0.16, 0.18, 0.2]),  # and 0.14 / 0.02 a little more than 7
        (-1, 1, [-1.0, -0.5, 0.0, 0.5, 1.0]),
    ],
)
def test_ticks_by_hand(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


@pytest.mark.parametrize(("step", "places"), [(0.001, 3), (0.02, 2), (0.5, 1), (1.0, 0), (1000.0, 0), (0.1, 1)])
def test_decimals_tell_neighbouring_ticks_apart(step: float, places: int) -> None:
    assert decimals(step) == places
    assert f"{step:.{places}f}" != f"{2 * step:.{places}f}"


def test_a_scale_goes_from_end_to_end() -> None:
    up = Scale(10, 20, 200, 0)
    assert (up(10), up(15), up(20)) == (200, 100, 0)


@given(ENDS, ENDS)
def test_an_axis_has_room_and_never_crosses_zero_for_it(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    bottom, top = widened(low, high)
    assert bottom <= low <= high < top
    assert bottom >= 0 or low < 0
