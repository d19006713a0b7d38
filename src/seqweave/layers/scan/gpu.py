"""The recurrences on a GPU, compiled by Triton: one pass over memory forward, one backward.

A program carries a block of entries of one row over time, in registers and at least in fp32; gates never reach memory
and are computed again in the backward pass. What a position reads does not depend on the state before it, so that the
loads of several positions, the stages, are under way at once. Blocks and stages are timed once for each size; they say
in which program an entry is computed, not how, so that no bit depends on them. The equations stand in forms.py. Values
inside of kernels have no types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from seqweave.layers.scan import forms
from seqweave.layers.scan.forms import Form, Inputs

LANES = 32
SIZES = [
    triton.Config({"size": (LANES * warps * entries, stages)}, num_warps=warps)
    for warps, entries in ((1, 1), (1, 2), (2, 2), (4, 2))
    for stages in (2, 4, 8)
]
"""Block and stages: the fastest are taken, or the first where there is no GPU to time them on."""
COUNT, OUTPUT, INPUT, SKIP, SKIP_COUNT, ACTIVATION = (tl.constexpr(place) for place in range(6))
"""What stands where in the description of a form; SKIP_COUNT: how many chunks the tensor of the skip has."""
TANH, POSITIVE = tl.constexpr(forms.TANH), tl.constexpr(forms.POSITIVE)


def _tuned(*key: str) -> Any:  # noqa: ANN401  # Triton leaves its decorators untyped
    return triton.autotune(SIZES if torch.cuda.is_available() else SIZES[:1], [*key])


class Pointers(NamedTuple):
    """Tensors of a pooling, None where there is none: inputs and results, or the gradients of each."""

    products: Any
    start: Any
    peephole: Any
    kept: Any
    skip: Any
    states: Any
    outputs: Any


class Line(NamedTuple):
    """Tensors of a scan, or the gradients of each."""

    x: Any
    gate: Any
    start: Any
    states: Any


@triton.jit
def _sigmoid(x):
    return 1 / (1 + tl.exp(-x))


@triton.jit
def _read(pointer, at, inside, wide: tl.constexpr):
    return tl.load(pointer + at, mask=inside, other=0.0).to(wide)


@triton.jit
def _before(a, place, wide: tl.constexpr):
    """The state before a position: what the scan began with at the first one."""
    b, t, at, j, dim = place
    start = _read(a.start, b * dim + j, j < dim * (t == 0), wide)
    return start + _read(a.states, at - dim, j < dim * (t > 0), wide)


@triton.jit
def _peephole(a, j, dim, inside, wide: tl.constexpr):
    """Weights of the previous state in forget and output gate, read once; zeros, which nothing uses, without any."""
    forget, output = tl.zeros(j.shape, wide), tl.zeros(j.shape, wide)
    if a.peephole is not None:
        forget, output = _read(a.peephole, j, inside, wide), _read(a.peephole, dim + j, inside, wide)
    return forget, output


@triton.jit
def _open(a, place, before, peephole, form: tl.constexpr, wide: tl.constexpr):
    """Candidate, gates and what zoneout lets through, of one position."""
    row, j, dim, inside = place
    base = row * form[COUNT] * dim + j
    z = _read(a.products, base, inside, wide)
    f = _read(a.products, base + dim, inside, wide)
    if a.peephole is not None:
        f += peephole[0] * before
    f = _sigmoid(f)
    if form[ACTIVATION] == TANH:
        z = 2 * _sigmoid(2 * z) - 1
    if form[ACTIVATION] == POSITIVE:
        z = tl.where(z >= 0, z + 0.5, _sigmoid(z))
    i = 1 - f
    if form[INPUT] >= 0:
        i = _sigmoid(_read(a.products, base + form[INPUT] * dim, inside, wide))
    o = f
    if form[OUTPUT] >= 0:
        o = _read(a.products, base + form[OUTPUT] * dim, inside, wide)
        if a.peephole is not None:
            o += peephole[1] * before
        o = _sigmoid(o)
    k = f * 0 + 1
    if a.kept is not None:
        k = _read(a.kept, row * dim + j, inside, wide)
    return z, f, i, o, k


@_tuned("dim", "form", "wide")
@triton.jit
def _pool(a, time, dim, form: tl.constexpr, wide: tl.constexpr, size: tl.constexpr):
    """States and outputs of one row's block."""
    b, j = tl.program_id(0).to(tl.int64), tl.program_id(1) * size[0] + tl.arange(0, size[0])
    inside = j < dim
    state = _read(a.start, b * dim + j, inside, wide)
    peephole = _peephole(a, j, dim, inside, wide)
    for t in tl.range(time, num_stages=size[1]):
        row = b * time + t
        z, f, i, o, k = _open(a, (row, j, dim, inside), state, peephole, form, wide)
        state = state + k * (f * state + i * z - state)
        tl.store(a.states + row * dim + j, state, mask=inside)
        if form[OUTPUT] >= 0:
            output = o * state
            if form[SKIP] >= 0:
                skip = _read(a.skip, (row * form[SKIP_COUNT] + form[SKIP]) * dim + j, inside, wide)
                output += (1 - o) * skip
            tl.store(a.outputs + row * dim + j, output, mask=inside)


@_tuned("dim", "form", "wide")
@triton.jit
def _unpool(both, time, dim, form: tl.constexpr, wide: tl.constexpr, size: tl.constexpr):
    """Gradients of one row's block, from the tensors and their gradients."""
    a, g = both
    b, j = tl.program_id(0).to(tl.int64), tl.program_id(1) * size[0] + tl.arange(0, size[0])
    inside = j < dim
    state = _read(a.states, (b * time + time - 1) * dim + j, j < dim * (time > 0), wide)
    peephole = _peephole(a, j, dim, inside, wide)
    carry = tl.zeros((size[0],), wide)
    seen_f, seen_o = tl.zeros((size[0],), wide), tl.zeros((size[0],), wide)
    for step in tl.range(time, num_stages=size[1]):
        t = time - 1 - step
        row = b * time + t
        at, base = row * dim + j, row * form[COUNT] * dim + j
        before = _before(a, (b, t, at, j, dim), wide)
        z, f, i, o, k = _open(a, (row, j, dim, inside), before, peephole, form, wide)
        if g.states is not None:
            carry += _read(g.states, at, inside, wide)
        to_o = f * 0
        if form[OUTPUT] >= 0:
            arriving, skip = _read(g.outputs, at, inside, wide), f * 0
            if form[SKIP] >= 0:
                skip_at = (row * form[SKIP_COUNT] + form[SKIP]) * dim + j
                skip = _read(a.skip, skip_at, inside, wide)
                tl.store(g.skip + skip_at, arriving * (1 - o), mask=inside)
            to_o = arriving * (state - skip) * o * (1 - o)
            tl.store(g.products + base + form[OUTPUT] * dim, to_o, mask=inside)
            carry += arriving * o
        to_z, to_f = carry * k * i, carry * k * (before - z) * f * (1 - f)
        if form[ACTIVATION] == TANH:
            to_z *= 1 - z * z
        if form[ACTIVATION] == POSITIVE:
            to_z *= tl.where(z >= 0.5, 1.0, z * (1 - z))
        if form[INPUT] >= 0:
            to_f = carry * k * before * f * (1 - f)
            tl.store(g.products + base + form[INPUT] * dim, carry * k * z * i * (1 - i), mask=inside)
        tl.store(g.products + base, to_z, mask=inside)
        tl.store(g.products + base + dim, to_f, mask=inside)
        carry *= 1 + k * (f - 1)
        if a.peephole is not None:
            seen_f, seen_o = seen_f + to_f * before, seen_o + to_o * before
            carry += to_f * peephole[0] + to_o * peephole[1]
        state = before
    tl.store(g.start + b * dim + j, carry, mask=inside)
    if a.peephole is not None:
        tl.store(g.peephole + 2 * b * dim + j, seen_f, mask=inside)
        tl.store(g.peephole + (2 * b + 1) * dim + j, seen_o, mask=inside)


@_tuned("dim", "wide")
@triton.jit
def _scan(line, time, dim, wide: tl.constexpr, size: tl.constexpr):
    """States of one row's block."""
    b, j = tl.program_id(0).to(tl.int64), tl.program_id(1) * size[0] + tl.arange(0, size[0])
    inside = j < dim
    state = _read(line.start, b * dim + j, inside, wide)
    for t in tl.range(time, num_stages=size[1]):
        at = (b * time + t) * dim + j
        state = _read(line.gate, at, inside, wide) * state + _read(line.x, at, inside, wide)
        tl.store(line.states + at, state, mask=inside)


@_tuned("dim", "wide")
@triton.jit
def _unscan(line, to, time, dim, wide: tl.constexpr, size: tl.constexpr):
    """Gradients of one row's block: `to.states` arrive, the others are computed."""
    b, j = tl.program_id(0).to(tl.int64), tl.program_id(1) * size[0] + tl.arange(0, size[0])
    inside = j < dim
    carry = tl.zeros((size[0],), wide)
    for step in tl.range(time, num_stages=size[1]):
        t = time - 1 - step
        at = (b * time + t) * dim + j
        before = _before(line, (b, t, at, j, dim), wide)
        carry += _read(to.states, at, inside, wide)
        tl.store(to.x + at, carry, mask=inside)
        tl.store(to.gate + at, carry * before, mask=inside)
        carry *= _read(line.gate, at, inside, wide)
    tl.store(to.start + b * dim + j, carry, mask=inside)


def scan(x: Tensor, gate: Tensor, start: Tensor) -> Tensor:
    """States h_t = gate_t * h_{t-1} + x_t. Shapes (batch, time, dim) twice, (batch, dim) -> (batch, time, dim)."""
    states = x.new_empty(x.shape)
    line = Line(x.contiguous(), gate.contiguous(), start.contiguous(), states)
    _scan[_grid(x)](line, *x.shape[1:], _wide(x))
    return states


def scan_backward(gate: Tensor, start: Tensor, states: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of `scan`'s arguments, from that of its states. Shapes as there."""
    results = states.new_empty(states.shape), states.new_empty(states.shape), start.new_empty(start.shape)
    line = Line(None, gate.contiguous(), start.contiguous(), states)
    to = Line(*results, gradient.contiguous())
    _unscan[_grid(states)](line, to, *states.shape[1:], _wide(states))
    return results


def pool(form: Form, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Outputs and states, one and the same without an output gate. Shapes (batch, time, dim) twice."""
    states = inputs.products.new_empty(*inputs.products.shape[:2], inputs.start.shape[1])
    outputs = torch.empty_like(states) if form.output_gate else states
    pointers = _pointers(inputs, states, outputs)
    _pool[_grid(states)](pointers, *states.shape[1:], _told(form), _wide(states))
    return outputs, states


def pool_backward(
    form: Form, inputs: Inputs, states: Tensor, arriving: tuple[Tensor | None, Tensor | None]
) -> tuple[Tensor | None, ...]:
    """Gradients of the inputs, in their order.

    Args:
        form: of the pooling.
        inputs: as they were given to `pool`.
        states: as they came from it. Shape (batch, time, dim).
        arriving: gradients of outputs and states; None where nothing arrives. Shapes (batch, time, dim).
    """
    outputs, of_states = (None if gradient is None else gradient.contiguous() for gradient in arriving)
    outputs = torch.zeros_like(states) if outputs is None and form.output_gate else outputs
    products, start = inputs.products.new_empty(inputs.products.shape), inputs.start.new_empty(inputs.start.shape)
    peephole = None if inputs.peephole is None else start.new_zeros(len(start), 2, start.shape[1])
    skip = None if inputs.skip is None else inputs.skip.new_empty(inputs.skip.shape)
    gradients = Pointers(products, start, peephole, None, products if skip is None else skip, of_states, outputs)
    pointers = _pointers(inputs, states, None)
    _unpool[_grid(states)]((pointers, gradients), *states.shape[1:], _told(form), _wide(states))
    return products, start, None if peephole is None else peephole.sum(dim=0), None, skip


def _pointers(inputs: Inputs, states: Tensor, outputs: Tensor | None) -> Pointers:
    ordered = (None if tensor is None else tensor.contiguous() for tensor in inputs)
    products, start, peephole, kept, skip = ordered
    return Pointers(products, start, peephole, kept, products if skip is None else skip, states, outputs)


def _told(form: Form) -> tuple[int, ...]:
    """What the kernels must know of a form."""
    given, at = form.highway == "given", form.chunks
    skip = (0, 1) if given else (at.skip, form.count)
    return form.count, at.output, at.input, *skip, forms.ACTIVATIONS[form.activation]


def _wide(x: Tensor) -> Any:  # noqa: ANN401  # Triton's number formats have no type
    return tl.float64 if x.dtype == torch.float64 else tl.float32


def _grid(states: Tensor) -> Callable[[Mapping[str, tuple[int, int]]], tuple[int, int]]:
    return lambda tuned: (states.shape[0], triton.cdiv(states.shape[2], tuned["size"][0]))
