from __future__ import annotations

from math import log

import pytest
import torch

from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.normalisation import coverage_penalty

TOTAL = torch.tensor(-2.3, dtype=torch.float64)


def test_the_worked_case_of_the_course_notes() -> None:
    assert float(BeamSearch(normalise="length").score(TOTAL, 5)) == pytest.approx(-2.3 / 5)


def test_gnmt_is_the_formula_of_the_paper() -> None:
    for alpha in (0.0, 0.6, 1.0):
        wanted = -2.3 / ((5 + 7) ** alpha / (5 + 1) ** alpha)
        assert float(BeamSearch(normalise="gnmt", alpha=alpha).score(TOTAL, 7)) == pytest.approx(wanted)
    assert float(BeamSearch(normalise="gnmt", alpha=0).score(TOTAL, 7)) == float(TOTAL)


@pytest.mark.parametrize("normalise", ["none", "length", "gnmt"])
def test_the_greatest_length_bounds_all_that_grows(normalise: str) -> None:
    lengths = torch.arange(1, 20)
    scores = BeamSearch(normalise=normalise).score(TOTAL.expand(19), lengths)
    assert (scores[1:] >= scores[:-1]).all()


def test_coverage_penalty_counts_what_was_missed() -> None:
    coverage = torch.tensor([[0.5, 2.0, 0.25, 0.0], [1.0, 1.5, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    wanted = [log(0.5) + log(0.25), 0.0, 0.0]  # the last column is padding; the last row a network without attention
    assert coverage_penalty(coverage).tolist() == pytest.approx(wanted)
