"""Autograd over the kernels: what a forward pass keeps, and what its backward pass computes again.

Kept are the products, the states and the inputs; no gate. Second derivatives are left to the reference.
"""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from seqweave.layers.scan.forms import Form, Inputs


class Kernels(Protocol):
    """What an implementation offers: the two recurrences, forward and backward, on tensors that autograd does not see.

    Modules are such: cpu.py, gpu.py. Shapes as there.
    """

    def scan(self, x: Tensor, gate: Tensor, start: Tensor) -> Tensor:
        """States."""

    def scan_backward(
        self, gate: Tensor, start: Tensor, states: Tensor, gradient: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of x, gate and start."""

    def pool(self, form: Form, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Outputs and states."""

    def pool_backward(
        self, form: Form, inputs: Inputs, states: Tensor, arriving: tuple[Tensor | None, Tensor | None]
    ) -> tuple[Tensor | None, ...]:
        """Gradients of the inputs."""


def scan(kernels: Kernels, x: Tensor, gate: Tensor, start: Tensor) -> Tensor:
    """Differentiable states. Shapes (batch, time, dim) twice, (batch, dim) -> (batch, time, dim)."""
    states: Tensor = _Scan.apply(kernels, x, gate, start)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    return states


def pool(kernels: Kernels, form: Form, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Differentiable outputs and states. Shapes (batch, time, dim) twice."""
    found: Any = _Pool.apply(kernels, form, *inputs)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    outputs, states = found if form.output_gate else (found, found)
    return outputs, states


class _Scan(Function):
    @staticmethod
    def forward(ctx: Any, kernels: Kernels, x: Tensor, gate: Tensor, start: Tensor) -> Tensor:  # noqa: ANN401  # torch's context has no type
        """Shapes (batch, time, dim) twice, (batch, dim) -> (batch, time, dim)."""
        states = kernels.scan(x, gate, start)
        ctx.kernels = kernels
        ctx.save_for_backward(gate, start, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401  # torch's context has no type
        """Shape (batch, time, dim) -> those of forward's arguments."""
        return (None, *ctx.kernels.scan_backward(*ctx.saved_tensors, gradient))


class _Pool(Function):
    @staticmethod
    def forward(ctx: Any, kernels: Kernels, form: Form, *inputs: Any) -> Any:  # noqa: ANN401  # torch's context has no type; tensors or None; one tensor or two
        """Shapes as in `Inputs` -> outputs and states, (batch, time, dim) each; once where both are the same."""
        outputs, states = kernels.pool(form, Inputs(*inputs))
        ctx.kernels, ctx.form = kernels, form
        ctx.save_for_backward(*inputs, states)
        ctx.set_materialize_grads(False)
        return (outputs, states) if form.output_gate else states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401  # torch's context has no type
        """Shapes (batch, time, dim) -> those of forward's arguments."""
        *inputs, states = ctx.saved_tensors
        arriving = gradients if ctx.form.output_gate else (None, *gradients)
        return None, None, *ctx.kernels.pool_backward(ctx.form, Inputs(*inputs), states, arriving)
