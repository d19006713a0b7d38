"""Products by weights that are laid once are the layers' own, whatever happens to the weights."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seqweave.layers import repeated as module
from seqweave.layers.linear import Kernels, Linear, use
from seqweave.layers.repeated import repeated

SIZES = (5, 3, 6)
OUT = 7


def layers(count: int = 2, bias: bool = True) -> list[Linear]:
    return [Linear(size, OUT, bias=bias).eval() for size in SIZES[:count]]


def inputs(*shape: int, count: int = 2) -> Tensor:
    return torch.randn(*shape, sum(SIZES[:count]))


def reference(x: Tensor, *several: Linear) -> Tensor:
    """Written out, in float64."""
    sums, start = torch.zeros(*x.shape[:-1], OUT, dtype=torch.float64), 0
    for layer in several:
        sums = sums + x[..., start : start + layer.in_features].double() @ layer.weight.double().t()
        sums = sums if layer.bias is None else sums + layer.bias.double()
        start += layer.in_features
    return sums.detach()


def agree(x: Tensor, several: list[Linear]) -> None:
    with torch.no_grad():
        found = repeated(x, *several)
    assert found.dtype == x.dtype
    torch.testing.assert_close(found.double(), reference(x, *several), atol=1e-5, rtol=1e-5)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """What is laid in blocks while a test runs."""
    seen: list[Tensor] = []
    lay = module._blocks
    monkeypatch.setattr(module, "_lays", lambda: True)
    monkeypatch.setattr(module, "_blocks", lambda weight: seen.append(weight) or lay(weight))
    return seen


@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_is_the_sum_of_the_layers(count: int, bias: bool, blocks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not blocks:
        monkeypatch.setattr(module, "_lays", lambda: False)
    several = layers(count, bias)
    for shape in ((0,), (1,), (3, 1), (4, 1), (2, 5), (70, 1)):
        agree(inputs(*shape, count=count), several)


def test_weights_are_laid_once(laid: list[Tensor]) -> None:
    if not module.multiplies(lambda x, weight, bias: module.onednn(x, module._blocks(weight), bias)):
        pytest.skip("this torch cannot lay weights")
    several = layers()
    laid.clear()
    for rows in (1, 8, 9, 70, 2):
        agree(inputs(rows), several)
    assert len(laid) == 1


def _replaced(layer: Linear) -> None:
    layer.weight.data = torch.randn_like(layer.weight)


def _loaded(layer: Linear) -> None:
    layer.load_state_dict(Linear(layer.in_features, OUT).state_dict())


def _assigned(layer: Linear) -> None:
    layer.load_state_dict(Linear(layer.in_features, OUT).state_dict(), assign=True)


@torch.no_grad()
def _stepped(layer: Linear) -> None:
    layer.weight.add_(1)


@torch.inference_mode()
def _shifted(layer: Linear) -> None:
    layer.bias.add_(1)


def _learned(layer: Linear) -> None:
    """By a fused optimizer, which does not count up the version of what it changes."""
    layer.train()
    layer(torch.ones(1, layer.in_features)).sum().backward()
    torch.optim.Adam(layer.parameters(), lr=0.1, fused=True).step()
    layer.eval()


@pytest.mark.parametrize("change", [_replaced, _loaded, _assigned, _stepped, _shifted, _learned])
@pytest.mark.parametrize("changed", [0, 1])
def test_changed_weights_are_laid_anew(changed: int, change: Callable[[Linear], None]) -> None:
    several = layers()
    for rows in (1, 8):
        agree(inputs(rows), several)
        change(several[changed])
        agree(inputs(rows), several)


def test_weights_that_are_made_for_inference_alone_are_followed() -> None:
    with torch.inference_mode():
        several = layers()
        agree(inputs(8), several)
        several[0].weight.add_(1)
        agree(inputs(8), several)


def test_where_something_is_learned_it_is_the_layers_themselves() -> None:
    several, x = layers(), inputs(8)
    wanted = several[0](x[:, : SIZES[0]]) + several[1](x[:, SIZES[0] :])
    found = repeated(x, *several)
    assert torch.equal(found, wanted)
    found.sum().backward()
    assert all(layer.weight.grad is not None and layer.weight.grad.any() for layer in several)
    before = len(module._LAID)
    for layer in several:
        layer.train()
    with torch.no_grad():
        assert torch.equal(repeated(x, *several), wanted)
    assert len(module._LAID) == before


def test_other_precisions_are_the_layers_themselves() -> None:
    several, x = layers(), inputs(8)
    use(several[0], Kernels("bfloat16"))
    with torch.no_grad():
        assert torch.equal(repeated(x, *several), several[0](x[:, : SIZES[0]]) + several[1](x[:, SIZES[0] :]))
        several, x = [layer.double() for layer in layers()], x.double()
        assert torch.equal(repeated(x, *several), several[0](x[:, : SIZES[0]]) + several[1](x[:, SIZES[0] :]))


def test_operator_that_is_missing_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(weight: Tensor) -> Tensor:
        raise AttributeError

    module._lays.cache_clear()
    monkeypatch.setattr(module, "_blocks", missing)
    agree(inputs(8), layers())
    assert not module._lays()
    module._lays.cache_clear()


def test_what_is_laid_is_neither_saved_nor_copied_and_goes_with_its_layer() -> None:
    several = layers()
    gc.collect()
    before, names = len(module._LAID), list(several[0].state_dict())
    agree(inputs(8), several)
    assert list(several[0].state_dict()) == names
    agree(inputs(8), copy.deepcopy(several))
    del several
    gc.collect()
    assert len(module._LAID) == before
