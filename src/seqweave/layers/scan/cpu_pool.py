"""The kernels of fused poolings on a CPU; the equations stand in forms.py.

Gates are never written to memory: each non-linearity is computed in a block that stays in the first cache, and again
in the backward pass. Loops run over contiguous slices from index 0 and write to one array each, the form that the
compiler vectorises.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqweave.layers.scan.compiled import BLOCK, kernel, part
from seqweave.layers.scan.forms import POSITIVE, TANH, Chunks

Array = NDArray[Any]
Place = tuple[int, int, int, int]
"""A row, a position, and the entries of a block."""

INPUT, KEPT, CARRY, SEEN_F, SEEN_O, ROWS = range(3, 9)
"""What a block holds in the rows after z and f (and o): i and k of forms.py, and what is summed backward over time.

The rows before are numbered as the chunks of the products; an input gate of its own is the last of these.
"""


class Arrays(NamedTuple):
    """Inputs and results of a pooling; what is not there has no entries. Shapes (batch, time, chunks, dim) ..."""

    products: Array
    start: Array
    peephole: Array
    kept: Array
    skip: Array
    states: Array
    outputs: Array


class Gradients(NamedTuple):
    """What arrives, of states and outputs, and what is computed: shaped as in `Arrays`, a peephole for each row."""

    states: Array
    outputs: Array
    products: Array
    start: Array
    peephole: Array
    skip: Array


class Plan(NamedTuple):
    """What the kernels must know of a form."""

    at: Chunks
    activation: int


@part
def _tanh(x: Array) -> None:
    """In place. In fp32 a quotient of polynomials, fitted to 2e-9 on [0, 8] and 4e-7 exact with rounding."""
    if x.itemsize == 8:
        for j in range(len(x)):
            x[j] = math.tanh(x[j])
        return
    for j in range(len(x)):
        y = x[j]
        y = np.float32(8) if y > 8 else y  # comparisons, so that what is not a number stays none
        y = np.float32(-8) if y < -8 else y
        u = y * y
        p = np.float32(-1.1568530521145667e-13) * u + np.float32(6.366920118227927e-11)
        p = p * u - np.float32(2.2317171913247887e-08)
        p = p * u + np.float32(1.1643006483884729e-05)
        p = p * u + np.float32(0.00314941601451288)
        p = p * u + np.float32(0.13124395080938242)
        p = p * u + np.float32(1)
        q = np.float32(0.00026130503376169757) * u + np.float32(0.024675202698813688)
        q = q * u + np.float32(0.4645772658704251)
        q = q * u + np.float32(1)
        x[j] = y * p / q


@part
def _copy(to: Array, x: Array, add: bool) -> None:
    """Loops for both, for whole arrays take the compiler ten times as long."""
    for j in range(len(to)):
        to[j] = to[j] + x[j] if add else x[j]


@part
def _open(rows: Array, a: Arrays, plan: Plan, place: Place, before: Array) -> None:
    """Fill z, f, o, i and k of one position; s(x) = (1 + tanh(x / 2)) / 2, so one loop serves all gates."""
    b, t, low, high = place
    n = high - low
    half, one = rows.dtype.type(0.5), rows.dtype.type(1)
    gates = 2 + (plan.at.output >= 0) + (plan.at.input >= 0)
    for chunk in range(gates):
        row, products = rows[chunk], a.products[b, t, chunk, low:high]
        scale = one if chunk == 0 and plan.activation != POSITIVE else half
        for j in range(n):
            row[j] = scale * products[j]
        if a.peephole.shape[1] and (chunk == 1 or chunk == plan.at.output):
            weight = a.peephole[chunk - 1, low:high]
            for j in range(n):
                row[j] += half * weight[j] * before[j]
    for chunk in range(0 if plan.activation else 1, gates):
        _tanh(rows[chunk])
    for chunk in range(0 if plan.activation == POSITIVE else 1, gates):
        gate = rows[chunk]
        for j in range(n):
            gate[j] = half * gate[j] + half
    if plan.activation == POSITIVE:
        z, products = rows[0], a.products[b, t, 0, low:high]
        for j in range(n):
            z[j] = products[j] + half if products[j] >= 0 else z[j]
    if plan.at.input < 0:
        f, i = rows[1], rows[INPUT]
        for j in range(n):
            i[j] = one - f[j]
    if len(a.kept):
        _copy(rows[KEPT], a.kept[b, t, low:high], False)


@part
def _close(output: Array, o: Array, state: Array, skip: Array) -> None:
    """What comes out: o * state + (1 - o) * skip."""
    if len(skip):
        for j in range(len(output)):
            output[j] = skip[j] + o[j] * (state[j] - skip[j])
    else:
        for j in range(len(output)):
            output[j] = o[j] * state[j]


@kernel
def pool(a: Arrays, plan: Plan, first: int, last: int) -> None:
    """States and outputs of the blocks from `first` up to `last`, counted over batch and dim."""
    time, dim = a.states.shape[1:]
    blocks = (dim + BLOCK - 1) // BLOCK
    for item in range(first, last):
        b, low = item // blocks, item % blocks * BLOCK
        high = min(low + BLOCK, dim)
        n = high - low
        rows = np.ones((ROWS, n), a.products.dtype)
        z, f, i, k = rows[0], rows[1], rows[plan.at.input if plan.at.input >= 0 else INPUT], rows[KEPT]
        before = a.start[b, low:high]
        for t in range(time):
            _open(rows, a, plan, (b, t, low, high), before)
            state = a.states[b, t, low:high]
            for j in range(n):
                state[j] = before[j] + k[j] * (f[j] * before[j] + i[j] * z[j] - before[j])
            if plan.at.output >= 0:
                skip = a.skip[b, t, plan.at.skip, low:high] if plan.at.skip >= 0 else before[:0]
                _close(a.outputs[b, t, low:high], rows[2], state, skip)
            before = state


@part
def _unclose(rows: Array, a: Arrays, g: Gradients, plan: Plan, place: Place) -> None:
    """Backward through output gate and highway; what flows on to the state is added to the carry."""
    b, t, low, high = place
    n, one = high - low, rows.dtype.type(1)
    o, carry, state, arriving = rows[2], rows[CARRY], a.states[b, t, low:high], g.outputs[b, t, low:high]
    to_gate = g.products[b, t, plan.at.output, low:high]
    if plan.at.skip >= 0:
        skip, to_skip = a.skip[b, t, plan.at.skip, low:high], g.skip[b, t, plan.at.skip, low:high]
        for j in range(n):
            to_gate[j] = arriving[j] * (state[j] - skip[j]) * o[j] * (one - o[j])
        for j in range(n):
            to_skip[j] = arriving[j] * (one - o[j])
    else:
        for j in range(n):
            to_gate[j] = arriving[j] * state[j] * o[j] * (one - o[j])
    for j in range(n):
        carry[j] += arriving[j] * o[j]


@part
def _unstate(rows: Array, g: Gradients, plan: Plan, place: Place, before: Array) -> None:
    """Backward through candidate, forget and input gate, and through the state to the one before."""
    b, t, low, high = place
    n, one, at = high - low, rows.dtype.type(1), plan.at
    z, f, i, k, carry = rows[0], rows[1], rows[plan.at.input if plan.at.input >= 0 else INPUT], rows[KEPT], rows[CARRY]
    to_z, to_f = g.products[b, t, at.candidate, low:high], g.products[b, t, at.forget, low:high]
    for j in range(n):
        to_z[j] = carry[j] * k[j] * i[j]
    if plan.activation == TANH:
        for j in range(n):
            to_z[j] *= one - z[j] * z[j]
    elif plan.activation == POSITIVE:
        for j in range(n):
            to_z[j] *= one if z[j] >= 0.5 else z[j] * (one - z[j])
    if at.input >= 0:
        to_i = g.products[b, t, at.input, low:high]
        for j in range(n):
            to_i[j] = carry[j] * k[j] * z[j] * i[j] * (one - i[j])
        for j in range(n):
            to_f[j] = carry[j] * k[j] * before[j] * f[j] * (one - f[j])
    else:
        for j in range(n):
            to_f[j] = carry[j] * k[j] * (before[j] - z[j]) * f[j] * (one - f[j])
    for j in range(n):
        carry[j] *= one + k[j] * (f[j] - one)


@part
def _unsee(seen: Array, carry: Array, gradient: Array, weight: Array, before: Array) -> None:
    """Backward through one peephole: to its weight, and to the state that it saw."""
    for j in range(len(carry)):
        seen[j] += gradient[j] * before[j]
    for j in range(len(carry)):
        carry[j] += gradient[j] * weight[j]


@kernel
def unpool(a: Arrays, g: Gradients, plan: Plan, first: int, last: int) -> None:
    """Gradients of the blocks from `first` up to `last`; the non-linearities are computed again."""
    time, dim = a.states.shape[1:]
    blocks = (dim + BLOCK - 1) // BLOCK
    for item in range(first, last):
        b, low = item // blocks, item % blocks * BLOCK
        high = min(low + BLOCK, dim)
        n = high - low
        rows = np.ones((ROWS, n), a.products.dtype)
        carry, seen_f, seen_o = rows[CARRY], rows[SEEN_F], rows[SEEN_O]
        for j in range(n):
            carry[j] = seen_f[j] = seen_o[j] = 0
        for t in range(time - 1, -1, -1):
            place = (b, t, low, high)
            before = a.states[b, t - 1, low:high] if t else a.start[b, low:high]
            _open(rows, a, plan, place, before)
            if len(g.states):
                _copy(carry, g.states[b, t, low:high], True)
            if plan.at.output >= 0:
                _unclose(rows, a, g, plan, place)
            _unstate(rows, g, plan, place, before)
            if a.peephole.shape[1]:
                _unsee(seen_f, carry, g.products[b, t, plan.at.forget, low:high], a.peephole[0, low:high], before)
                if plan.at.output >= 0:
                    _unsee(seen_o, carry, g.products[b, t, plan.at.output, low:high], a.peephole[1, low:high], before)
        _copy(g.start[b, low:high], carry, False)
        if a.peephole.shape[1]:
            _copy(g.peephole[b, 0, low:high], seen_f, False)
            _copy(g.peephole[b, 1, low:high], seen_o, False)
