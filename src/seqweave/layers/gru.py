"""The recurrence of a GRU with its gradient written out, which trains faster on a CPU than the graph that torch keeps.

torch differentiates `nn.GRU` on a CPU operation by operation: at every position it adds a whole matrix to the gradient
of the hidden-to-hidden weights. Here that gradient is one product over all positions, behind the loop. The equations
are those of parts/encoders/gru.py:

    r, z = s(a_r + u_r), s(a_z + u_z)       a = W x_t + b,  u = U h_{t-1} + b'
    n    = tanh(a_n + r * u_n)
    h_t  = n + z * (h_{t-1} - n)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from seqweave.layers.linear import Product, multiply

WIDE = 512
"""Size of the state from which it is the faster one; below, the calls of each position take longer than they save."""


def suits(x: Tensor, dim: int) -> bool:
    """Is it to be used for these inputs and states of this size? In training alone; a GPU has kernels of its own."""
    return dim >= WIDE and torch.is_grad_enabled() and x.device.type == "cpu" and x.shape[1] > 0


def read(products: Tensor, start: Tensor, weight: Tensor, bias: Tensor, product: Product) -> Tensor:
    """States of every position.

    Args:
        products: what the inputs add to the gates, in torch's order: reset, update, new. Shape (batch, time, 3 * dim).
        start: state before the first position. Shape (batch, dim).
        weight: hidden-to-hidden. Shape (3 * dim, dim).
        bias: of the same. Shape (3 * dim,).
        product: how matrices are multiplied.

    Returns:
        Shape (batch, time, dim).
    """
    states: Tensor = _GRU.apply(products, start, weight, bias, product)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    return states


class _GRU(Function):
    @staticmethod
    def forward(ctx: Any, products: Tensor, start: Tensor, weight: Tensor, bias: Tensor, product: Product) -> Tensor:  # noqa: ANN401  # torch's context has no type
        """Shapes (batch, time, 3 * dim), (batch, dim), (3 * dim, dim), (3 * dim,) -> (batch, time, dim)."""
        dim = start.shape[1]
        gates, states, carried, state = [], [], [], start
        for a in products.unbind(1):
            u = multiply(state, weight, bias, product)
            rz = (a[:, : 2 * dim] + u[:, : 2 * dim]).sigmoid_()
            n = torch.addcmul(a[:, 2 * dim :], rz[:, :dim], u[:, 2 * dim :]).tanh_()
            state = torch.lerp(n, state, rz[:, dim:])
            gates.append(torch.cat([rz, n], dim=1))
            states.append(state)
            carried.append(u[:, 2 * dim :])
        kept = torch.stack(gates, dim=1), torch.stack(states, dim=1), torch.stack(carried, dim=1)
        ctx.product = product
        ctx.save_for_backward(start, weight, *kept)
        return kept[1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401  # torch's context has no type
        """Shape (batch, time, dim) -> those of forward's arguments."""
        start, weight, gates, states, carried = ctx.saved_tensors
        before = torch.cat([start.unsqueeze(1), states[:, :-1]], dim=1)
        r, z, n = gates.chunk(3, dim=2)
        # what does not depend on the gradient behind is computed for all positions at once
        to_n, to_z = (1 - z) * (1 - n * n), (before - n) * z * (1 - z)
        to_r = to_n * carried * r * (1 - r)
        to_products, to_carried = torch.cat([to_r, to_z, to_n], dim=2), torch.cat([to_r, to_z, to_n * r], dim=2)
        turned, carry, arrived = weight.t().contiguous(), torch.zeros_like(start), []
        for t in reversed(range(states.shape[1])):
            carry = carry + gradient[:, t]
            arrived.append(carry)
            through = carry.repeat(1, 3).mul_(to_carried[:, t])
            carry = torch.addcmul(multiply(through, turned, None, ctx.product), carry, z[:, t])
        whole = torch.stack(arrived[::-1], dim=1).repeat(1, 1, 3)
        to_carried = (whole * to_carried).flatten(0, 1)
        for_weight = multiply(to_carried.t(), before.flatten(0, 1).t(), None, ctx.product)
        return whole * to_products, carry, for_weight, to_carried.sum(dim=0), None
