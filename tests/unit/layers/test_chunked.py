"""What the chunked loss holds, beside its laws (tests/contracts/test_outputs.py): memory, products, no gradient."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from seqweave.layers import chunked
from seqweave.layers.chunked import cross_entropy
from seqweave.layers.linear import Linear, available


class Largest(TorchDispatchMode):
    """The largest tensor that any operation of a name gives back, in numbers."""

    def __init__(self, name=""):
        super().__init__()
        self.name, self.numbers = name, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        if self.name not in str(func):
            return found
        self.numbers = max(
            [self.numbers, *(one.numel() for one in tree_leaves(found) if isinstance(one, torch.Tensor))]
        )
        return found


@pytest.mark.parametrize(("fits", "least"), [(8, 1), (2, 8)])
def test_full_scores_never_exist(monkeypatch, fits, least):
    positions, tokens, dim = 64, 50, 4
    monkeypatch.setattr(chunked, "CHUNK_BYTES", fits * tokens * 4)
    monkeypatch.setattr(chunked, "LEAST", least)
    words, states = Linear(dim, tokens), torch.randn(positions, dim, requires_grad=True)
    with Largest() as largest:
        cross_entropy(states, words, torch.randint(tokens, (positions,))).backward()
    assert largest.numbers == 8 * tokens
    with Largest() as full:
        functional.cross_entropy(words(states), torch.randint(tokens, (positions,))).backward()
    assert full.numbers == positions * tokens


@pytest.mark.skipif(not available("onednn"), reason="this torch has no oneDNN")
def test_no_product_makes_a_second_gradient_of_the_weights(monkeypatch):
    positions, tokens, dim = 8, 50, 16
    monkeypatch.setattr(chunked, "CHUNK_BYTES", 2 * tokens * 4)
    monkeypatch.setattr(chunked, "LEAST", 1)
    words, states = Linear(dim, tokens), torch.randn(positions, dim, requires_grad=True)
    words.product = "onednn"
    with Largest("linear_pointwise") as largest:
        cross_entropy(states, words, torch.randint(tokens, (positions,))).backward()
    assert largest.numbers == 2 * tokens, "the scores of a chunk; a whole gradient would have 800 numbers"


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("pointer", [False, True])
def test_the_gradient_is_that_of_finite_differences(monkeypatch, finite_differences, smoothing, pointer):
    monkeypatch.setattr(chunked, "CHUNK_BYTES", 1)
    monkeypatch.setattr(chunked, "LEAST", 2)
    torch.manual_seed(0)
    words, targets = Linear(3, 6).double(), torch.tensor([0, 5, 2, 2, 1])
    states = torch.randn(5, 3).double().requires_grad_()
    pointed = (-torch.rand(5, 2).double()).requires_grad_() if pointer else None
    given = [states, words.weight, words.bias, *([pointed] if pointer else [])]

    def loss():
        return cross_entropy(states, words, targets, smoothing, pointed)

    for one, other in zip(torch.autograd.grad(loss(), given), finite_differences(loss, given), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


def test_a_gradient_is_handed_over_once():
    words = Linear(3, 5)
    loss = cross_entropy(torch.randn(4, 3), words, torch.arange(4))
    loss.backward(retain_graph=True)
    with pytest.raises(AssertionError, match="learned from once"):
        loss.backward()


@pytest.mark.parametrize("product", ["onednn", "bfloat16"])
def test_every_product_teaches_the_same(product, monkeypatch):
    if not available(product):
        pytest.skip("this processor's torch has no such product")
    monkeypatch.setattr(chunked, "CHUNK_BYTES", 7 * 16 * 4)  # seven words at a time, and two at last
    monkeypatch.setattr(chunked, "LEAST", 9)
    torch.manual_seed(0)
    words, states, targets = Linear(16, 30), torch.randn(40, 16, requires_grad=True), torch.randint(30, (40,))
    wanted = torch.autograd.grad(
        functional.cross_entropy(words(states), targets, reduction="sum"), [states, *words.parameters()]
    )
    words.product = product
    found = torch.autograd.grad(cross_entropy(states, words, targets), [states, *words.parameters()])
    tolerance = 1e-5 if product == "onednn" else 0.05
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * float(other.abs().max()))


def test_no_position_costs_nothing():
    words = Linear(3, 5)
    loss = cross_entropy(torch.zeros(0, 3, requires_grad=True), words, torch.zeros(0, dtype=torch.long))
    loss.backward()
    assert loss.item() == 0
    assert not words.weight.grad.any()
