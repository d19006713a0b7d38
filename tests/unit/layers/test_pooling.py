"""Pooling against a loop over rows; empty rows; gradients."""

from __future__ import annotations

import pytest
import torch

from seqweave.layers.contracts import Encoded
from seqweave.layers.pooling import Pool

LENGTHS = (4, 1, 0, 2)


def encoded() -> Encoded:
    torch.manual_seed(0)
    mask = torch.arange(5) < torch.tensor(LENGTHS).unsqueeze(1)
    return Encoded(torch.randn(4, 5, 3, dtype=torch.float64) - 9, torch.randn(4, 3), mask)  # all below zero


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_pool_equals_a_loop(pooling) -> None:
    given = encoded()
    found = Pool(pooling)(given)
    for row, length in enumerate(LENGTHS):
        real = given.states[row, :length]
        wanted = torch.zeros(3).double()
        if length:
            wanted = real.max(dim=0).values if pooling == "max" else real.mean(dim=0)
        torch.testing.assert_close(found[row], wanted)


def test_summary_is_handed_on() -> None:
    given = encoded()
    assert Pool("summary")(given) is given.summary


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_padding_gets_no_gradient_and_empty_rows_no_nan(pooling) -> None:
    given = encoded()
    states = given.states.clone().requires_grad_()
    Pool(pooling)(Encoded(states, given.summary, given.mask)).sum().backward()
    assert states.grad.isfinite().all()
    assert not states.grad[~given.mask].any()
    assert states.grad[given.mask].any()


def test_pool_names_its_kind() -> None:
    assert str(Pool("max")) == "Pool(max)"
