"""QRNN, SRU and minGRU against their equations, written out number by number, and against finite differences."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqweave.layers.contracts import ENCODERS
from seqweave.layers.dropout import drop

from .test_recurrent import HIDDEN, IN_DIM, LENGTHS, inputs, relative_error

OPTIONS = [
    pytest.param("qrnn", {"pooling": "ifo", "window_above": 2, "dense": True, "bidirectional": False}, id="dense"),
    pytest.param("qrnn", {"zoneout": 0.4, "weight_drop": 0.3, "dropout": 0.2, "window": 1}, id="dropped"),
    pytest.param("sru", {"bidirectional": False}, id="sru"),
    pytest.param("mingru", {"positive": True, "bidirectional": False}, id="mingru"),
]


def one(kind: str, **settings):
    torch.manual_seed(0)
    encoder = ENCODERS[kind](hidden=HIDDEN, bidirectional=False, **settings).build(IN_DIM).double()
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter)
    return encoder, encoder.layers[0].forwards


def chunks(direction, seen: Tensor) -> list[Tensor]:
    weight, bias = direction.products.weight, direction.products.bias
    return list((weight @ seen + bias).view(-1, HIDDEN))


@pytest.mark.parametrize("window", [1, 3])
@pytest.mark.parametrize("pooling", ["f", "fo", "ifo"])
def test_qrnn_equals_its_equations(pooling, window) -> None:
    """The equations of parts/encoders/qrnn.py."""
    encoder, direction = one("qrnn", pooling=pooling, window=window)
    x, mask = inputs()
    found = encoder(x, mask).states
    for row, length in enumerate(LENGTHS):
        c = torch.zeros(HIDDEN, dtype=torch.float64)
        for t in range(length):
            before = [x[row, t - k] if t >= k else torch.zeros(IN_DIM).double() for k in reversed(range(window))]
            z, f, *more = chunks(direction, torch.cat(before))
            f = f.sigmoid()
            i = more[1].sigmoid() if pooling == "ifo" else 1 - f
            c = f * c + i * z.tanh()
            torch.testing.assert_close(found[row, t], c * more[0].sigmoid() if more else c)


@pytest.mark.parametrize("hidden", [HIDDEN, IN_DIM])
def test_sru_equals_its_equations(hidden) -> None:
    """The equations of parts/encoders/sru.py, where the highway projects and where it does not."""
    torch.manual_seed(0)
    encoder = ENCODERS["sru"](hidden=hidden, bidirectional=False).build(IN_DIM).double()
    direction = encoder.layers[0].forwards
    x, mask = inputs()
    found = encoder(x, mask).states
    for row, length in enumerate(LENGTHS):
        c = torch.zeros(hidden, dtype=torch.float64)
        for t in range(length):
            products = direction.products.weight @ x[row, t] + direction.products.bias
            z, f, r, *skip = products.view(-1, hidden)
            assert len(skip) == (hidden != IN_DIM)
            f = (f + direction.peephole[0] * c).sigmoid()
            r = (r + direction.peephole[1] * c).sigmoid()
            c = f * c + (1 - f) * z
            torch.testing.assert_close(found[row, t], r * c + (1 - r) * (skip[0] if skip else 3**0.5 * x[row, t]))


@pytest.mark.parametrize("positive", [False, True])
def test_mingru_equals_its_equations(positive) -> None:
    """The paper's update gate z has the weights that ours has with the other sign."""
    encoder, direction = one("mingru", positive=positive)
    x, mask = inputs()
    found = encoder(x, mask).states
    for row, length in enumerate(LENGTHS):
        h = torch.zeros(HIDDEN, dtype=torch.float64)
        for t in range(length):
            n, kept = chunks(direction, x[row, t])
            z = (-kept).sigmoid()
            if positive:
                n = torch.where(n >= 0, n + 0.5, n.sigmoid())
            h = (1 - z) * h + z * n
            torch.testing.assert_close(found[row, t], h)


@pytest.mark.parametrize(("kind", "options"), OPTIONS)
def test_gradient_equals_finite_differences(kind, options) -> None:
    torch.manual_seed(0)
    encoder = ENCODERS[kind](hidden=2, layers=2, **options).build(2).double().train()
    mask = torch.tensor([[True, True, True], [True, False, False]])
    x = torch.randn(2, 3, 2, dtype=torch.float64)
    assert relative_error(encoder, x, mask, seed=1) < 1e-6


def test_the_other_direction_is_the_same_layer_over_reversed_rows() -> None:
    torch.manual_seed(0)
    both = ENCODERS["qrnn"](hidden=HIDDEN, window=2).build(IN_DIM).double()
    x, mask = inputs()
    found = both(x, mask).states[..., HIDDEN:]
    for row, length in enumerate(LENGTHS):
        wanted = both.layers[0].backwards(x[row : row + 1, :length].flip(1)).flip(1)
        torch.testing.assert_close(found[row, :length], wanted[0])


def test_zoneout_keeps_entries_as_they_were() -> None:
    rate = 0.5
    encoder, direction = one("qrnn", zoneout=rate, pooling="f")
    x, mask = torch.randn(2, 6, IN_DIM).double(), torch.ones(2, 6, dtype=torch.bool)
    torch.manual_seed(3)
    states = encoder.train()(x, mask).states
    torch.manual_seed(3)
    kept = torch.rand(2, 6, HIDDEN) < rate
    before = torch.cat([torch.zeros(2, 1, HIDDEN).double(), states[:, :-1]], dim=1)
    assert torch.equal(states[kept], before[kept])
    assert not (states[~kept] == before[~kept]).any()
    expected = encoder.eval()(x, mask).states[:, 0]  # of one step, half of the way
    direction.settings = replace(direction.settings, zoneout=0.0)
    torch.testing.assert_close(expected, (1 - rate) * encoder(x, mask).states[:, 0])


def test_weights_are_dropped_for_a_whole_pass() -> None:
    rate = 0.5
    encoder, direction = one("mingru", weight_drop=rate)
    x, mask = torch.randn(2, 6, IN_DIM).double(), torch.ones(2, 6, dtype=torch.bool)
    torch.manual_seed(7)
    found = encoder.train()(x, mask).states
    torch.manual_seed(7)
    with torch.no_grad():
        direction.products.weight.copy_(drop(direction.products.weight, rate))
    torch.testing.assert_close(found, encoder.eval()(x, mask).states)


def test_dense_layers_read_all_below() -> None:
    encoder = ENCODERS["qrnn"](hidden=HIDDEN, layers=3, dense=True, window=1).build(IN_DIM)
    found = [layer.forwards.products.in_features for layer in encoder.layers]
    assert found == [IN_DIM, IN_DIM + 2 * HIDDEN, IN_DIM + 4 * HIDDEN]
    assert encoder.out_dim == 2 * HIDDEN
