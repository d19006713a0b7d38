"""Products at the steps of a pass teach what the plain products teach, and are freed with their graph."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seqweave.layers import steps as module
from seqweave.layers.linear import Kernels, Linear, available, use
from seqweave.layers.steps import layer_steps, sentence_steps

SIZES = (5, 3)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


TIMES = (9, 9, 6, 5, 1)
"""Sentences of each step of a pass: some leave on the way."""


def passed(steps: Callable[[Tensor], Tensor], start: Tensor, size: int) -> Tensor:
    """A pass in which each step reads the one before, and a number that hangs on all of them."""
    state, total = start, start.new_zeros(())
    for number, sentences in enumerate(TIMES):
        state = torch.tanh(steps(state[:sentences]))[..., :size]
        total = total + (number + 1) * state.sin().sum()
    return total


def learned(steps: Callable[[], Callable[[Tensor], Tensor]], start: Tensor, held: list[Tensor]) -> list[Tensor]:
    """The gradients of the start and of what is held."""
    start = start.detach().requires_grad_()
    return list(torch.autograd.grad(passed(steps(), start, start.shape[-1]), [start, *held]))


def equal(found: list[Tensor], wanted: list[Tensor], tolerance: float) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert other.abs().max() > 0.01, "a gradient that could not be missed"
        torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize(
    ("dtype", "product", "tolerance"),
    [(torch.float64, "torch", 1e-12), (torch.float32, "torch", 1e-4), (torch.float32, "onednn", 1e-4)],
)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("count", [1, 2])
def test_steps_of_layers_learn_as_the_layers(
    count: int, bias: bool, dtype: torch.dtype, product: str, tolerance: float
) -> None:
    if not available(product):
        pytest.skip("this torch has no such product")
    several = [Linear(size, 8, bias=bias).train().to(dtype) for size in SIZES[:count]]
    for layer in several:
        use(layer, Kernels(product))
    dropped = torch.randn(8, SIZES[0], dtype=dtype, requires_grad=True)
    held = [dropped, *(one for layer in several for one in layer.parameters() if one is not several[0].weight)]
    start = torch.randn(TIMES[0], 1, sum(SIZES[:count]), dtype=dtype)

    def plainly(x: Tensor) -> Tensor:
        parts = torch.split(x, [layer.in_features for layer in several], dim=2)
        sums = parts[0] @ dropped.t() + (several[0].bias if bias else 0)
        return sums + several[1](parts[1]) if count == 2 else sums

    wanted = learned(lambda: plainly, start, held)
    for _ in range(2):
        equal(learned(lambda: layer_steps(*several, weight=dropped), start, held), wanted, tolerance)


def test_steps_of_sentences_learn_as_plain_products() -> None:
    matrices = torch.randn(TIMES[0], 4, 4, dtype=torch.float64, requires_grad=True)
    start = torch.randn(TIMES[0], 3, 4, dtype=torch.float64)
    wanted = learned(lambda: lambda x: torch.bmm(x, matrices[: len(x)]), start, [matrices])
    for _ in range(2):
        equal(learned(lambda: sentence_steps(matrices, learning=True), start, [matrices]), wanted, 1e-12)


def test_a_step_that_nothing_hangs_on_is_left_out() -> None:
    layer, x = Linear(3, 3).double().train(), torch.randn(2, 1, 3, dtype=torch.float64)
    steps = layer_steps(layer)
    steps(x * 7)
    found = torch.autograd.grad(steps(x).sin().sum(), [layer.weight, layer.bias])
    wanted = torch.autograd.grad(layer(x).sin().sum(), [layer.weight, layer.bias])
    equal(list(found), list(wanted), 1e-12)


@pytest.mark.parametrize("sentences", [True, False])
def test_weights_learn_by_one_product(sentences: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    kind = module._SentenceProduct if sentences else module._LayerProduct
    together = kind.together

    def counted(self: module._Repeated, *steps: list[Tensor]) -> tuple[Tensor | None, ...]:
        made.append(len(steps[0]))
        return together(self, *steps)

    monkeypatch.setattr(kind, "together", counted)
    layer, matrices = Linear(4, 4).train(), torch.randn(TIMES[0], 4, 4, requires_grad=True)
    steps = sentence_steps(matrices, learning=True) if sentences else layer_steps(layer)
    passed(steps, torch.randn(TIMES[0], 2, 4), 4).backward()
    assert made == [len(TIMES)]


@pytest.mark.parametrize("learned_from", [True, False])
def test_a_pass_is_freed_with_its_graph(learned_from: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, not by the collector of rings: what is laid is as large as the weights."""
    made: list[weakref.ref[module._Repeated]] = []
    steps = module._steps
    monkeypatch.setattr(
        module, "_steps", lambda product, learning: made.append(weakref.ref(product)) or steps(product, learning)
    )
    matrices = torch.randn(TIMES[0], 4, 4, requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        for one in (layer_steps(Linear(4, 4).train()), sentence_steps(matrices, learning=True)):
            total = passed(one, torch.randn(TIMES[0], 2, 4), 4)
            if learned_from:
                total.backward()
        del one, total
        assert [product() for product in made] == [None, None]
    finally:
        gc.enable()


def test_steps_outside_of_training_are_the_layer_itself() -> None:
    layer, x = Linear(4, 5), torch.randn(3, 1, 4)
    use(layer, Kernels("bfloat16"))
    assert torch.equal(layer_steps(layer)(x), layer(x))
    use(layer, Kernels())
    layer.eval()
    assert torch.equal(layer_steps(layer)(x), layer(x))
    assert layer_steps(layer)(x).requires_grad
    layer.train()
    with torch.no_grad():
        assert torch.equal(layer_steps(layer)(x), layer(x))
    with torch.autocast("cpu", torch.bfloat16):
        assert layer_steps(layer)(x).dtype == torch.bfloat16


def test_weights_that_changed_on_the_way_are_refused() -> None:
    layer = Linear(4, 4).train()
    total = passed(layer_steps(layer), torch.randn(TIMES[0], 1, 4), 4)
    with torch.no_grad():
        layer.weight.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        total.backward()
