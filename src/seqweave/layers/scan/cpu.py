"""The recurrences on a CPU, compiled by numba: one pass over memory forward, one backward."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor

from seqweave.layers.scan import cpu_pool
from seqweave.layers.scan.compiled import BLOCK, kernel, spread
from seqweave.layers.scan.cpu_pool import Arrays, Gradients, Plan
from seqweave.layers.scan.forms import ACTIVATIONS, Form, Inputs

Array = NDArray[Any]


class Line(NamedTuple):
    """The arrays of a plain scan. Shapes (batch, time, dim), `start` (batch, dim)."""

    x: Array
    gate: Array
    start: Array
    states: Array


@kernel
def _scan(line: Line, first: int, last: int) -> None:
    """States of the blocks from `first` up to `last`."""
    time, dim = line.x.shape[1:]
    blocks = (dim + BLOCK - 1) // BLOCK
    for item in range(first, last):
        b, low = item // blocks, item % blocks * BLOCK
        high = min(low + BLOCK, dim)
        before = line.start[b, low:high]
        for t in range(time):
            x, gate, state = line.x[b, t, low:high], line.gate[b, t, low:high], line.states[b, t, low:high]
            for j in range(len(state)):
                state[j] = gate[j] * before[j] + x[j]
            before = state


@kernel
def _unscan(line: Line, to: Line, first: int, last: int) -> None:
    """Gradients of a scan: `to.states` arrive, the others are computed."""
    time, dim = line.x.shape[1:]
    blocks = (dim + BLOCK - 1) // BLOCK
    for item in range(first, last):
        b, low = item // blocks, item % blocks * BLOCK
        high = min(low + BLOCK, dim)
        carry = to.start[b, low:high]
        carry[:] = 0
        for t in range(time - 1, -1, -1):
            before = line.states[b, t - 1, low:high] if t else line.start[b, low:high]
            to_x, to_gate, arriving = to.x[b, t, low:high], to.gate[b, t, low:high], to.states[b, t, low:high]
            gate = line.gate[b, t, low:high]
            for j in range(len(carry)):
                to_x[j] = carry[j] + arriving[j]
            for j in range(len(carry)):
                to_gate[j] = to_x[j] * before[j]
            for j in range(len(carry)):
                carry[j] = to_x[j] * gate[j]


def scan(x: Tensor, gate: Tensor, start: Tensor) -> Tensor:
    """States h_t = gate_t * h_{t-1} + x_t. Shapes (batch, time, dim) twice, (batch, dim) -> (batch, time, dim)."""
    states = x.new_empty(x.shape)
    line = Line(*(_array(tensor) for tensor in (x, gate, start, states)))
    spread(lambda first, last: _scan(line, first, last), x.shape)
    return states


def scan_backward(gate: Tensor, start: Tensor, states: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of `scan`'s arguments, from that of its states. Shapes as there."""
    results = states.new_empty(states.shape), states.new_empty(states.shape), start.new_empty(start.shape)
    line = Line(_array(states), _array(gate), _array(start), _array(states))
    to = Line(*(_array(tensor) for tensor in (*results, gradient)))
    spread(lambda first, last: _unscan(line, to, first, last), states.shape)
    return results


def pool(form: Form, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Outputs and states, one and the same without an output gate. Shapes (batch, time, dim) twice."""
    states = inputs.products.new_empty(*inputs.products.shape[:2], inputs.start.shape[1])
    outputs = torch.empty_like(states) if form.output_gate else states
    arrays, plan = _arrays(form, inputs, states, outputs), _plan(form)
    spread(lambda first, last: cpu_pool.pool(arrays, plan, first, last), states.shape)
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
    outputs, of_states = arriving
    arrays = _arrays(form, inputs, states, states)
    products, start = (whole.new_empty(whole.shape) for whole in (inputs.products, inputs.start))
    peephole = None if inputs.peephole is None else start.new_zeros(len(start), 2, start.shape[1])
    skip = None if inputs.skip is None else torch.empty_like(inputs.skip, memory_format=torch.contiguous_format)
    if outputs is None and form.output_gate:
        outputs = torch.zeros_like(states)
    chunked = _chunked(products, form.count)
    gradients = Gradients(
        _array_or(of_states, states.new_empty(0, 0, 0)),
        _array_or(outputs, states.new_empty(0, 0, 0)),
        chunked,
        _array(start),
        _array_or(peephole, states.new_empty(0, 2, 0)),
        chunked if skip is None else _array(skip.unsqueeze(2)),
    )
    plan = _plan(form)
    spread(lambda first, last: cpu_pool.unpool(arrays, gradients, plan, first, last), states.shape)
    return products, start, None if peephole is None else peephole.sum(dim=0), None, skip


def _arrays(form: Form, inputs: Inputs, states: Tensor, outputs: Tensor) -> Arrays:
    products = _chunked(inputs.products, form.count)
    return Arrays(
        products,
        _array(inputs.start),
        _array_or(inputs.peephole, states.new_empty(2, 0)),
        _array_or(inputs.kept, states.new_empty(0, 0, 0)),
        products if inputs.skip is None else _array(inputs.skip.unsqueeze(2)),
        _array(states),
        _array(outputs),
    )


def _plan(form: Form) -> Plan:
    """A skip that is given is the only chunk of its own array."""
    chunks = form.chunks._replace(skip=0) if form.highway == "given" else form.chunks
    return Plan(chunks, ACTIVATIONS[form.activation])


def _chunked(products: Tensor, count: int) -> Array:
    """Shape (batch, time, count * dim) -> (batch, time, count, dim)."""
    return _array(products.contiguous().view(*products.shape[:2], count, products.shape[2] // count))


def _array_or(tensor: Tensor | None, nothing: Tensor) -> Array:
    """What is not there has no entries, but the same type: the kernels are compiled once for all forms."""
    return _array(nothing if tensor is None else tensor)


def _array(tensor: Tensor) -> Array:
    """The numbers themselves, where they lie in order; what is written there is in the tensor."""
    array: Array = tensor.detach().contiguous().numpy()
    return array
