"""Recurrent encoders against torch's packed networks, the written-out equations, and finite differences."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqweave.layers.contracts import ENCODERS, Encoder
from seqweave.layers.dropout import drop
from seqweave.layers.recurrent import RecurrentEncoder

IN_DIM, HIDDEN = 5, 4
LENGTHS = (6, 1, 4)
CELLS = [
    pytest.param("lstm", {}, nn.LSTM, id="lstm"),
    pytest.param("gru", {}, nn.GRU, id="gru"),
    pytest.param("rnn", {"activation": "tanh"}, partial(nn.RNN, nonlinearity="tanh"), id="rnn-tanh"),
    pytest.param("rnn", {"activation": "relu"}, partial(nn.RNN, nonlinearity="relu"), id="rnn-relu"),
]


def inputs() -> tuple[Tensor, Tensor]:
    mask = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS).unsqueeze(1)
    return torch.randn(*mask.shape, IN_DIM, dtype=torch.float64), mask


def pairs(ours: RecurrentEncoder, theirs: nn.RNNBase) -> list[tuple[nn.Parameter, nn.Parameter]]:
    """The same parameter in both: torch's suffix names layer and direction."""
    found = []
    for depth, layer in enumerate(ours.layers):
        for name, direction in layer.named_children():
            suffix = "_reverse" if name == "backwards" else ""
            for kind, parameter in direction.cell.named_parameters():
                found.append((parameter, theirs.get_parameter(kind.replace("_l0", f"_l{depth}") + suffix)))
    return found


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("kind", "settings", "reference"), CELLS)
def test_equals_packed_torch(kind, settings, reference, bidirectional, layers) -> None:
    torch.manual_seed(0)
    config = ENCODERS[kind](hidden=HIDDEN, layers=layers, bidirectional=bidirectional, **settings)
    ours = config.build(IN_DIM).double()
    theirs = reference(IN_DIM, HIDDEN, num_layers=layers, bidirectional=bidirectional, batch_first=True).double()
    both = pairs(ours, theirs)
    assert len(both) == len(list(theirs.parameters()))
    with torch.no_grad():
        for parameter, copy in both:
            copy.copy_(parameter)
    x, mask = inputs()
    our_x, their_x = x.clone().requires_grad_(), x.clone().requires_grad_()

    encoded = ours(our_x, mask)
    packed = pack_padded_sequence(their_x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
    packed_states, last = theirs(packed)
    states, _ = pad_packed_sequence(packed_states, batch_first=True)
    last = last[0] if isinstance(last, tuple) else last  # (layers * directions, batch, hidden)
    summary = torch.cat(list(last[-2:] if bidirectional else last[-1:]), dim=-1)

    torch.testing.assert_close(encoded.states, states, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(encoded.summary, summary, rtol=1e-6, atol=1e-9)
    (encoded.states.sin().sum() + encoded.summary.cos().sum()).backward()
    (states.sin().sum() + summary.cos().sum()).backward()
    torch.testing.assert_close(our_x.grad, their_x.grad, rtol=1e-6, atol=1e-9)
    for parameter, copy in both:
        torch.testing.assert_close(parameter.grad, copy.grad, rtol=1e-6, atol=1e-9)


def test_lstm_equals_its_equations() -> None:
    """The equations of parts/encoders/lstm.py, number by number, gates in torch's order."""
    torch.manual_seed(0)
    encoder = ENCODERS["lstm"](hidden=HIDDEN, bidirectional=False).build(IN_DIM).double()
    w, u, b, c = encoder.layers[0].forwards.cell.all_weights[0]
    x, mask = inputs()
    found = encoder(x, mask).states
    for row, length in enumerate(LENGTHS):
        state = memory = torch.zeros(HIDDEN, dtype=torch.float64)
        for t in range(length):
            i, f, g, o = (w @ x[row, t] + u @ state + b + c).chunk(4)
            memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
            state = o.sigmoid() * memory.tanh()
            torch.testing.assert_close(found[row, t], state)


def test_gru_equals_its_equations() -> None:
    """The equations of parts/encoders/gru.py, number by number."""
    torch.manual_seed(0)
    encoder = ENCODERS["gru"](hidden=HIDDEN, bidirectional=False).build(IN_DIM).double()
    w, u, b, c = encoder.layers[0].forwards.cell.all_weights[0]
    x, mask = inputs()
    found = encoder(x, mask).states
    for row, length in enumerate(LENGTHS):
        state = torch.zeros(HIDDEN, dtype=torch.float64)
        for t in range(length):
            (r, z, n), (ur, uz, un) = (w @ x[row, t] + b).chunk(3), (u @ state + c).chunk(3)
            r, z = (r + ur).sigmoid(), (z + uz).sigmoid()
            state = (1 - z) * (n + r * un).tanh() + z * state
            torch.testing.assert_close(found[row, t], state)


def relative_error(encoder: Encoder, x: Tensor, mask: Tensor, seed: int) -> float:
    """Distance of the gradient from central differences, over the gradient's length, input and parameters together."""
    wanted_states, wanted_summary = torch.randn(encoder.out_dim).double(), torch.randn(encoder.out_dim).double()

    def objective() -> Tensor:
        torch.manual_seed(seed)  # the same masks of dropout at every call
        encoded = encoder(x, mask)
        return (encoded.states @ wanted_states).sin().sum() + (encoded.summary @ wanted_summary).cos().sum()

    x.requires_grad_()
    points = [x, *encoder.parameters()]
    exact = torch.cat([gradient.flatten() for gradient in torch.autograd.grad(objective(), points)])
    step, measured = 1e-5, []
    with torch.no_grad():
        for point in points:
            flat = point.view(-1)
            for i in range(len(flat)):
                start = flat[i].item()
                flat[i] = start + step
                above = objective()
                flat[i] = start - step
                below = objective()
                flat[i] = start
                measured.append((above - below) / (2 * step))
    return float((torch.stack(measured) - exact).norm() / exact.norm())


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("options", [{}, {"weight_drop": 0.5, "dropout": {"kind": "locked", "rate": 0.3}}])
def test_gradient_equals_finite_differences(kind, options) -> None:
    torch.manual_seed(0)
    encoder = ENCODERS[kind](hidden=2, layers=2, **options).build(2).double().train()
    mask = torch.tensor([[True, True, True], [True, False, False]])
    x = torch.randn(2, 3, 2, dtype=torch.float64)
    assert relative_error(encoder, x, mask, seed=1) < 1e-6


def test_a_hidden_weight_is_dropped_for_a_whole_pass() -> None:
    """Against one torch LSTM whose recurrent weights were masked beforehand by the same draw."""
    rate, x = 0.5, torch.randn(2, 6, IN_DIM)
    encoder = ENCODERS["lstm"](hidden=HIDDEN, bidirectional=False, weight_drop=rate).build(IN_DIM).train()
    torch.manual_seed(7)
    found = encoder(x, torch.ones(2, 6, dtype=torch.bool))
    reference = nn.LSTM(IN_DIM, HIDDEN, batch_first=True)
    reference.load_state_dict(encoder.layers[0].forwards.cell.state_dict())
    torch.manual_seed(7)
    with torch.no_grad():
        reference.weight_hh_l0.copy_(drop(reference.weight_hh_l0, rate))
    torch.testing.assert_close(found.states, reference(x)[0])
