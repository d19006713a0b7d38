"""The compiled recurrences against the loop in torch, and against finite differences."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

import seqweave
from seqweave.core.errors import RecipeError
from seqweave.layers.pooled_direction import Pooled, PooledDirection
from seqweave.layers.scan import choice, compiled, reference
from seqweave.layers.scan.compiled import BLOCK
from seqweave.layers.scan.forms import Form, Inputs

FORMS = [
    Form(activation, output_gate, input_gate, highway)
    for activation in ("linear", "tanh", "positive")
    for output_gate in (False, True)
    for input_gate in (False, True)
    for highway in (("none", "chunk", "given") if output_gate else ("none",))
]
BATCH, TIME, DIM = 3, 5, 7


def leaf(*shape, dtype=torch.float64):
    return torch.randn(*shape, dtype=dtype).requires_grad_()


def inputs(form, *, peephole=True, kept=True, time=TIME, dim=DIM):
    torch.manual_seed(0)
    skip = leaf(BATCH, time, dim) if form.highway == "given" else None
    mask = (torch.rand(BATCH, time, dim) < 0.6).double() if kept else None
    products = leaf(BATCH, time, form.count * dim)
    return Inputs(products, leaf(BATCH, dim), leaf(2, dim) if peephole else None, mask, skip)


def answers(pool, form, given, weights):
    """Outputs, states, and the gradients of a sum of both."""
    outputs, states = pool(form, given)
    total = weights[0] * outputs.sin().sum() + weights[1] * states.cos().sum()
    leaves = [tensor for tensor in given if tensor is not None and tensor.requires_grad]
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    nothing = zip(found, leaves, strict=True)
    return [outputs, states, *(torch.zeros_like(x) if g is None else g for g, x in nothing)]


def agree(form, given, weights=(1.0, 2.0)):
    for ours, wanted in zip(
        answers(choice.pool, form, given, weights), answers(reference.pool, form, given, weights), strict=True
    ):
        torch.testing.assert_close(ours, wanted, rtol=1e-9, atol=1e-9)


@pytest.fixture(autouse=True)
def _with_kernels():
    pytest.importorskip("numba")
    assert choice.kernels("cpu") is not None


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("extras", [{}, {"peephole": False}, {"kept": False}, {"peephole": False, "kept": False}])
def test_pool_equals_the_loop(form, extras) -> None:
    agree(form, inputs(form, **extras))


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("form", [FORMS[0], FORMS[-1]], ids=str)
def test_a_gradient_may_come_from_either_result(form, weights) -> None:
    agree(form, inputs(form), weights)


@pytest.mark.parametrize(("time", "dim"), [(1, 1), (1, BLOCK), (3, BLOCK + 1), (2, 2 * BLOCK + 5)])
def test_pool_at_the_edges_of_blocks(time, dim) -> None:
    agree(FORMS[-1], inputs(FORMS[-1], time=time, dim=dim))


@pytest.mark.parametrize("form", [FORMS[0], FORMS[5], FORMS[-1]], ids=str)
def test_gradient_equals_finite_differences(form) -> None:
    given = inputs(form, time=3, dim=2)

    def both(*tensors):
        return choice.pool(form, Inputs(*tensors))

    assert torch.autograd.gradcheck(both, tuple(given))


def test_scan_equals_the_loop_and_finite_differences() -> None:
    x, gate, start = leaf(BATCH, TIME, DIM), leaf(BATCH, TIME, DIM), leaf(BATCH, DIM)
    torch.testing.assert_close(choice.scan(x, gate, start), reference.scan(x, gate, start), rtol=1e-9, atol=1e-9)
    assert torch.autograd.gradcheck(choice.scan, (x, gate, start))


def test_tensors_that_do_not_lie_in_order_are_read_right() -> None:
    form = Form("tanh", output_gate=True)
    given = inputs(form, peephole=False, kept=False)
    turned = given._replace(products=given.products.detach().transpose(0, 1).contiguous().transpose(0, 1))
    found, wanted = choice.pool(form, turned)[0], choice.pool(form, given)[0]
    torch.testing.assert_close(found, wanted)
    across = torch.randn(DIM, BATCH).double().t().requires_grad_()
    agree(form, given._replace(start=across))
    x = torch.randn(DIM, TIME, BATCH).permute(2, 1, 0).double()
    torch.testing.assert_close(choice.scan(x, x, x[:, 0]), reference.scan(x, x, x[:, 0]))


def test_single_precision_is_near() -> None:
    form = FORMS[-1]
    given = inputs(form)
    single = Inputs(*(None if x is None else x.detach().float().requires_grad_(x.requires_grad) for x in given))
    found, wanted = (
        answers(pool, form, tensors, (1.0, 1.0)) for pool, tensors in ((choice.pool, single), (reference.pool, given))
    )
    for ours, exact in zip(found, wanted, strict=True):
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours.double(), exact, rtol=1e-5, atol=1e-5)


def test_the_quotient_is_a_tanh() -> None:
    """Seen through a forget gate that is closed."""
    x = torch.linspace(-12, 12, 200_001)
    products = torch.cat([x, torch.full_like(x, -100)]).view(1, 1, -1)
    states = choice.pool(Form("tanh"), Inputs(products, torch.zeros(1, len(x))))[1][0, 0]
    assert (states - torch.tanh(x.double())).abs().max() < 7e-7
    assert states.abs().max() <= 1


def test_what_is_not_a_number_stays_none() -> None:
    products = torch.zeros(1, 2, 4)
    products[0, 0, 1] = float("nan")
    states = choice.pool(Form("tanh"), Inputs(products, torch.zeros(1, 2)))[1]
    assert states[0, :, 1].isnan().all()
    assert not states[0, :, 0].isnan().any()


def test_threads_change_no_bit(monkeypatch) -> None:
    form = Form("tanh", output_gate=True)
    given = inputs(form, time=4, dim=BLOCK + 3, peephole=False)
    alone = answers(choice.pool, form, given, (1.0, 1.0))
    monkeypatch.setattr(compiled, "WORTH_A_THREAD", 1)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    shared = answers(choice.pool, form, given, (1.0, 1.0))
    assert all(torch.equal(one, other) for one, other in zip(alone, shared, strict=True))


@pytest.mark.parametrize(("batch", "time"), [(0, 3), (2, 0)])
def test_nothing_gives_nothing(batch, time) -> None:
    products = torch.zeros(batch, time, 4, dtype=torch.float64, requires_grad=True)
    outputs, states = choice.pool(Form("tanh"), Inputs(products, products.new_zeros(batch, 2)))
    assert outputs.shape == states.shape == (batch, time, 2)
    outputs.sum().backward()


def test_no_gate_is_kept_for_the_backward_pass() -> None:
    form = Form("tanh", output_gate=True)
    given = inputs(form, peephole=False, kept=False)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor.numel()), lambda _: None):
        outputs, _ = choice.pool(form, given)
    assert sum(kept) == given.products.numel() + given.start.numel() + outputs.numel()


def test_compiled_code_is_kept_nowhere(tmp_path, monkeypatch) -> None:
    """Numba keeps it as pickles, and whoever can write to a folder of pickles runs code."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))

    @compiled.kernel
    def double(x):
        return 2 * x

    assert double(3) == 6
    choice.scan(torch.ones(1, 1, 1), torch.ones(1, 1, 1), torch.ones(1, 1))
    folders = (tmp_path, Path(__file__).parent, Path(seqweave.__file__).parent)
    assert not [path for folder in folders for path in folder.rglob("*.nb[ic]")]


@pytest.mark.parametrize(
    ("before", "now", "mend"),
    [("numba", "loop", "pip install"), ("loop", "numba", "where loop"), ("triton", "numba", "where triton")],
)
def test_a_run_goes_on_by_what_it_began_with(before, now, mend) -> None:
    for same in (before, None):
        choice.require_same(same, before)
    with pytest.raises(RecipeError, match=rf"computed by {before}.*{mend}.*E-KERNEL-03"):
        choice.require_same(before, now)


def test_without_numba_the_loop_runs(monkeypatch) -> None:
    form = Form("tanh", output_gate=True)
    given = inputs(form)
    wanted = choice.pool(form, given)[0]
    network = torch.nn.Sequential(PooledDirection(2, 3, Pooled(form)))
    assert choice.implementation(network, "cpu") == "numba"
    monkeypatch.setitem(sys.modules, "numba", None)
    choice.kernels.cache_clear()
    try:
        assert choice.kernels("cpu") is None
        assert choice.implementation(network, "cpu") == "loop"
        assert choice.implementation(torch.nn.LSTM(2, 3), "cpu") is None
        found = choice.pool(form, given)[0]
        x = leaf(1, 2, 3)
        torch.testing.assert_close(choice.scan(x, x, x[:, 0]), reference.scan(x, x, x[:, 0]))
    finally:
        monkeypatch.undo()
        choice.kernels.cache_clear()
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
