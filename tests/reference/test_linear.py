"""Every product against `F.linear` in double precision: values, gradients, gradients of gradients."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from seqweave.layers import linear
from seqweave.layers.linear import Linear, available, multiply

onednn = pytest.mark.skipif(not available("onednn"), reason="the installed torch has no oneDNN product")
SHAPES = [(5,), (3, 5), (2, 3, 5), (0, 5), (2, 0, 5)]


def operands(shape: tuple[int, ...]) -> list[Tensor]:
    torch.manual_seed(0)
    return [torch.randn(size).requires_grad_() for size in (shape, (4, 5), (4,))]


def gradients(outputs: Tensor, operands: list[Tensor]) -> list[Tensor]:
    return list(torch.autograd.grad((outputs.sin() * outputs).sum(), operands))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize(
    ("product", "tolerance"),
    [("torch", 1e-5), pytest.param("onednn", 1e-5, marks=onednn), ("bfloat16", 0.06)],
)
def test_product_equals_double_precision(product, tolerance, biased, shape) -> None:
    # bfloat16 keeps 8 bits: each of 5 terms is off by up to 2 * 2^-9 of itself, and the sine's slope adds to it
    ours = operands(shape)[: 3 if biased else 2]
    exact = [operand.detach().double().requires_grad_() for operand in ours]
    found, wanted = multiply(*ours, product=product), F.linear(*exact)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), wanted, rtol=tolerance, atol=tolerance)
    for gradient, true in zip(gradients(found, ours), gradients(wanted, exact), strict=True):
        assert gradient.dtype == torch.float32
        torch.testing.assert_close(gradient.double(), true, rtol=4 * tolerance, atol=4 * tolerance)


@onednn
def test_onednn_reads_strided_operands() -> None:
    x, weight = torch.randn(5, 3).t(), torch.randn(5, 4).t()
    torch.testing.assert_close(multiply(x, weight, product="onednn"), x @ weight.t())
    wide = torch.randn(3, 10)[:, ::2]
    torch.testing.assert_close(multiply(wide, weight, product="onednn"), wide @ weight.t())


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5)])
def test_backward_formula_is_exact(monkeypatch, shape, biased) -> None:
    """The formula alone, in double precision, which oneDNN lacks: its product is replaced by torch's."""
    monkeypatch.setattr(linear, "onednn", F.linear)
    x, weight, bias = (operand.detach().double().requires_grad_() for operand in operands(shape))
    arguments = (x, weight, bias if biased else None)
    assert torch.autograd.gradcheck(linear._through_onednn, arguments)
    assert torch.autograd.gradgradcheck(linear._through_onednn, arguments)


@onednn
def test_onednn_layer_trains_like_torch() -> None:
    x, target = torch.randn(8, 5), torch.randn(8, 2)
    losses = []
    for product in ("torch", "onednn"):
        torch.manual_seed(0)
        network = nn.Sequential(Linear(5, 7), nn.Tanh(), Linear(7, 2))
        linear.use(network, linear.Kernels(product))
        optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
        for _ in range(20):
            optimizer.zero_grad()
            loss = F.mse_loss(network(x), target)
            loss.backward()
            optimizer.step()
        losses.append(loss.detach())
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-4, atol=1e-6)


@onednn
def test_onednn_leaves_frozen_operands_alone() -> None:
    x, weight, bias = operands((3, 5))
    weight.requires_grad_(False)
    multiply(x, weight, bias, "onednn").sum().backward()
    assert weight.grad is None
    assert x.grad is not None
    assert bias.grad is not None
