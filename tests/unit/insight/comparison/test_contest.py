"""A claim needs all three: an interval without zero, a small corrected p-value, and seeds that agree."""

from __future__ import annotations

import pytest

from seqweave.insight.comparison.contest import Contrast
from seqweave.metrics.measure import Interval
from seqweave.metrics.significance import Difference

CLEAR, UNCLEAR = Interval(1.0, 0.2, 1.8), Interval(1.0, -0.1, 2.1)


@pytest.mark.parametrize(
    ("examples", "adjusted", "seeds", "decided"),
    [
        (CLEAR, 0.05, None, True),
        (CLEAR, 0.05, CLEAR, True),
        (UNCLEAR, 0.01, None, False),
        (CLEAR, 0.06, None, False),
        (CLEAR, 0.01, UNCLEAR, False),
        (Interval(-1.0, -2.0, -0.5), 0.01, Interval(-1.0, -2.0, -0.5), True),
        (Interval(1.0, 1e-12, 2.0), 0.01, None, False),  # zero but for rounding
    ],
)
def test_a_claim_needs_all(examples: Interval, adjusted: float, seeds: Interval | None, decided: bool) -> None:
    contrast = Contrast(Difference(examples, 0.001, 0.4), adjusted, seeds, None, None)
    assert contrast.decided == decided
