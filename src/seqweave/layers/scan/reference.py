"""The recurrences as a loop over positions: slow, plain, differentiable as often as one likes."""

from __future__ import annotations

import torch
from torch import Tensor

from seqweave.layers.scan.forms import Activation, Form, Inputs


def scan(x: Tensor, gate: Tensor, start: Tensor) -> Tensor:
    """States h_t = gate_t * h_{t-1} + x_t.

    Args:
        x: what is added. Shape (batch, time, dim).
        gate: what the state is multiplied by. Shape (batch, time, dim).
        start: state before the first position. Shape (batch, dim).

    Returns:
        Shape (batch, time, dim).
    """
    states, state = [], start
    for t in range(x.shape[1]):
        state = gate[:, t] * state + x[:, t]
        states.append(state)
    return torch.stack(states, dim=1) if states else x


def pool(form: Form, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Outputs and states of a fused pooling; the equations stand in forms.py.

    Returns:
        Shapes (batch, time, dim), (batch, time, dim).
    """
    outputs, states, state = [], [], inputs.start
    for t in range(inputs.products.shape[1]):
        state, output = _step(form, inputs, t, state)
        states.append(state)
        outputs.append(output)
    if not states:
        nothing = inputs.products[..., : inputs.start.shape[1]]
        return nothing, nothing
    return torch.stack(outputs, dim=1), torch.stack(states, dim=1)


def activate(x: Tensor, activation: Activation) -> Tensor:
    """The candidate's non-linearity, entry by entry; any shape."""
    if activation == "positive":
        return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))
    return torch.tanh(x) if activation == "tanh" else x


def _step(form: Form, inputs: Inputs, t: int, before: Tensor) -> tuple[Tensor, Tensor]:
    """State and output of one position."""
    chunks = inputs.products[:, t].chunk(form.count, dim=-1)
    at = form.chunks
    seen = before.new_zeros(2, 1) if inputs.peephole is None else inputs.peephole
    forget = torch.sigmoid(chunks[at.forget] + seen[0] * before)
    own = torch.sigmoid(chunks[at.input]) if form.input_gate else 1 - forget
    fresh = forget * before + own * activate(chunks[at.candidate], form.activation)
    state = fresh if inputs.kept is None else torch.lerp(before, fresh, inputs.kept[:, t])
    if not form.output_gate:
        return state, state
    gate = torch.sigmoid(chunks[at.output] + seen[1] * before)
    if form.highway == "none":
        return state, gate * state
    skip = chunks[at.skip] if inputs.skip is None else inputs.skip[:, t]
    return state, torch.lerp(skip, state, gate)
