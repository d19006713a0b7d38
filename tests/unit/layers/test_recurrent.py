"""Reversal, initial weights, and dropout inside the stack."""

from __future__ import annotations

import pytest
import torch

from seqweave.layers.cell_direction import CellDirection
from seqweave.layers.contracts import ENCODERS
from seqweave.layers.recurrent import ends, reversal, reverse

MASK = torch.tensor([[True, True, True, False], [True, False, False, False], [True, True, True, True]])


def test_rows_are_reversed_within_their_lengths() -> None:
    x = torch.arange(12).view(3, 4, 1)
    found = reverse(x, reversal(MASK)).squeeze(-1)
    assert found.tolist() == [[2, 1, 0, 3], [4, 5, 6, 7], [11, 10, 9, 8]]


def test_reversal_is_its_own_inverse() -> None:
    x, order = torch.randn(3, 4, 2), reversal(MASK)
    assert torch.equal(reverse(reverse(x, order), order), x)


def test_reversal_of_nothing() -> None:
    assert reversal(torch.ones(0, 4, dtype=torch.bool)).tolist() == []
    assert reversal(torch.ones(2, 0, dtype=torch.bool)).tolist() == []
    assert reversal(torch.zeros(1, 2, dtype=torch.bool)).tolist() == [0, 1]


def test_ends_are_where_each_direction_ended() -> None:
    states = torch.arange(12.0).view(3, 4, 1).expand(3, 4, 2)
    assert ends(states, MASK, 2).tolist() == [[2, 0], [4, 4], [11, 8]]
    assert ends(states[..., :1], MASK, 1).tolist() == [[2], [4], [11]]


@pytest.mark.parametrize(("cell", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN_TANH", 1)])
def test_initial_weights(cell, gates) -> None:
    torch.manual_seed(0)
    hidden = 5
    inputs, recurrent, *biases = CellDirection(cell, 3, hidden, 0.0).cell.all_weights[0]
    assert recurrent.shape == (gates * hidden, hidden)
    for gate in recurrent.chunk(gates):
        torch.testing.assert_close(gate @ gate.t(), torch.eye(hidden))
    assert inputs.abs().max() <= (6 / (3 + hidden)) ** 0.5  # Glorot and Bengio, 2010, eq. 16
    total = sum(biases)
    forget = total.chunk(gates)[1] if cell == "LSTM" else total[:0]
    assert torch.equal(forget, torch.ones_like(forget))
    assert total.sum() == forget.sum()


def test_dropout_falls_between_layers_and_on_the_output() -> None:
    torch.manual_seed(0)
    x, mask = torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
    locked = {"kind": "locked", "rate": 0.5}
    for config in ({"dropout": 0.5}, {"dropout": locked}):
        encoder = ENCODERS["lstm"](hidden=20, layers=2, **config).build(3).train()
        states = encoder(x, mask).states
        assert (states == 0).any()
        top = encoder.layers[1](encoder.dropout(encoder.layers[0](x, reversal(mask))), reversal(mask))
        assert not torch.equal(top, encoder.layers[1](encoder.layers[0](x, reversal(mask)), reversal(mask)))
    assert torch.equal(states == 0, (states[:, :1] == 0).expand_as(states))  # the locked one, over time


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_gradients_may_be_asked_for_in_eval_mode(kind) -> None:
    x = torch.randn(2, 4, 3, requires_grad=True)
    ENCODERS[kind](hidden=4).build(3).eval()(x, torch.ones(2, 4, dtype=torch.bool)).summary.sum().backward()
    assert x.grad.any()


@pytest.mark.parametrize("kind", ["lstm", "gru", "qrnn", "sru", "mingru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_top_layer_has_a_size_of_its_own(kind, bidirectional) -> None:
    torch.manual_seed(0)
    config = ENCODERS[kind](hidden=7, layers=3, top=4, bidirectional=bidirectional)
    assert [config.size(depth) for depth in range(3)] == [7, 7, 4]
    encoder = config.build(3).eval()
    x, mask = torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
    assert encoder(x, mask).states.shape == (2, 5, encoder.out_dim) == (2, 5, 8 if bidirectional else 4)
    layer, below = encoder.layers[2], 14 if bidirectional else 7
    assert layer(torch.randn(2, 5, below), reversal(mask)).shape == (2, 5, encoder.out_dim)


def test_states_before_dropout_are_told() -> None:
    torch.manual_seed(0)
    x, mask = torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
    encoder = ENCODERS["lstm"](hidden=20, layers=2, bidirectional=False, dropout=0.5).build(3)
    for found in (encoder.train()(x, mask), encoder.run(x, mask, None)[0]):
        kept = found.states != 0
        torch.testing.assert_close(found.states[kept], 2 * found.undropped[kept])
        assert not kept.all()
        assert (found.undropped != 0).all()
    assert encoder.eval()(x, mask).undropped is None
