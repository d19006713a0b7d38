"""The written-out gradient of a GRU against torch's own, and against finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from seqweave.layers import gru
from seqweave.layers.cell_direction import CellDirection
from seqweave.layers.linear import Kernels, available, use

BATCH, TIME, IN_DIM, HIDDEN = 3, 5, 4, 6


def leaves(*shapes, dtype=torch.float64):
    torch.manual_seed(0)
    return [torch.randn(*shape, dtype=dtype).requires_grad_() for shape in shapes]


@pytest.mark.parametrize("time", [1, TIME])
def test_it_equals_torch(time) -> None:
    x, start = leaves((BATCH, time, IN_DIM), (1, BATCH, HIDDEN))
    theirs = nn.GRU(IN_DIM, HIDDEN, batch_first=True).double()
    inputs, recurrent, first, second = theirs.all_weights[0]
    points = [x, start, inputs, recurrent, first, second]
    products = nn.functional.linear(x, inputs, first)
    found = gru.read(products, start[0], recurrent, second, "torch")
    wanted = theirs(x, start)[0]
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
    for ours, other in zip(
        torch.autograd.grad(found.sin().sum(), points), torch.autograd.grad(wanted.sin().sum(), points), strict=True
    ):
        torch.testing.assert_close(ours, other, rtol=1e-9, atol=1e-9)


def test_gradient_equals_finite_differences() -> None:
    points = leaves((2, 3, 6), (2, 2), (6, 2), (6,))
    assert torch.autograd.gradcheck(lambda *given: gru.read(*given, "torch"), points)


@pytest.fixture
def wide(monkeypatch):
    monkeypatch.setattr(gru, "WIDE", HIDDEN)


def test_an_encoder_takes_it_and_stays_the_same(wide, monkeypatch) -> None:
    direction = CellDirection("GRU", IN_DIM, HIDDEN, 0.0).double()
    (x,) = leaves((BATCH, TIME, IN_DIM))
    points = [x, *direction.parameters()]
    states = direction(x)
    ours = [states, *torch.autograd.grad(states.sin().sum(), points)]
    assert "GRU" in type(states.grad_fn).__name__
    monkeypatch.setattr(gru, "WIDE", HIDDEN + 1)
    states = direction(x)
    for one, other in zip(ours, [states, *torch.autograd.grad(states.sin().sum(), points)], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_it_multiplies_by_the_kernels_of_the_run(wide) -> None:
    direction = CellDirection("GRU", IN_DIM, HIDDEN, 0.0)
    (x,) = leaves((BATCH, TIME, IN_DIM), dtype=torch.float32)
    exact = direction(x)
    use(direction, Kernels("bfloat16"))
    assert direction.product == "bfloat16"
    rounded = direction(x)
    assert not torch.equal(rounded, exact)
    torch.testing.assert_close(rounded, exact, rtol=0.05, atol=0.05)
    if available("onednn"):
        use(direction, Kernels("onednn"))
        torch.testing.assert_close(direction(x), exact)


def test_it_is_for_training_wide_layers_alone() -> None:
    x = torch.zeros(1, 2, 3)
    assert gru.suits(x, gru.WIDE)
    assert not gru.suits(x, gru.WIDE - 1)
    assert not gru.suits(x[:, :0], gru.WIDE)
    with torch.no_grad():
        assert not gru.suits(x, gru.WIDE)
