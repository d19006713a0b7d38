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

from seqweave.layers.linear import Product, for_weights
from seqweave.layers.repeated import Laid

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
        dim, carry, state = start.shape[1], Laid(weight, bias, product), start
        gates, states = torch.empty_like(products), products.new_empty(*products.shape[:2], dim)
        carried = torch.empty_like(states)
        for t, a in enumerate(products.unbind(1)):
            u, rz, n = carry(state), gates[:, t, : 2 * dim], gates[:, t, 2 * dim :]
            torch.add(a[:, : 2 * dim], u[:, : 2 * dim], out=rz).sigmoid_()
            torch.addcmul(a[:, 2 * dim :], rz[:, :dim], u[:, 2 * dim :], out=n).tanh_()
            state = torch.lerp(n, state, rz[:, dim:])
            states[:, t], carried[:, t] = state, u[:, 2 * dim :]
        ctx.product = product
        ctx.save_for_backward(start, weight, gates, states, carried)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401  # torch's context has no type
        """Shape (batch, time, dim) -> those of forward's arguments."""
        start, weight, gates, states, carried = ctx.saved_tensors
        dim, back, carry = start.shape[1], Laid(weight.t().contiguous(), None, ctx.product), torch.zeros_like(start)
        before = torch.cat([start.unsqueeze(1), states[:, :-1]], dim=1)
        for_products, for_carried = torch.empty_like(gates), torch.empty_like(gates)
        for t in reversed(range(states.shape[1])):
            r, z, n = gates[:, t].chunk(3, dim=1)
            arrived = carry + gradient[:, t]
            to_n = arrived * (1 - z) * (1 - n * n)
            to_z = arrived * (before[:, t] - n) * z * (1 - z)
            to_r = to_n * carried[:, t] * r * (1 - r)
            through = torch.cat([to_r, to_z, to_n * r], dim=1)
            for_carried[:, t] = for_products[:, t] = through
            for_products[:, t, 2 * dim :] = to_n
            carry = torch.addcmul(back(through), arrived, z)
        rows = for_carried.flatten(0, 1)
        for_weight = for_weights(rows, before.flatten(0, 1), ctx.product)
        return for_products, carry, for_weight, rows.sum(dim=0), None
