"""The settings of the recurrent kinds; their numbers are checked in tests/reference/test_recurrent.py."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from seqweave.layers.contracts import ENCODERS

EXAMPLE = {"hidden": 200, "layers": 2, "bidirectional": True, "dropout": 0.33}


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_hidden_is_the_size_of_one_direction(kind) -> None:
    assert ENCODERS[kind](**EXAMPLE).build(10).out_dim == 400
    assert ENCODERS[kind](**{**EXAMPLE, "bidirectional": False}).build(10).out_dim == 200


@pytest.mark.parametrize(("kind", "cell"), [("lstm", "LSTM"), ("gru", "GRU"), ("rnn", "RNN_TANH")])
def test_each_kind_has_its_cell(kind, cell) -> None:
    encoder = ENCODERS[kind](hidden=4).build(3)
    assert encoder.layers[0].forwards.cell.mode == encoder.layers[0].backwards.cell.mode == cell


def test_rnn_chooses_its_activation() -> None:
    assert ENCODERS["rnn"](hidden=4, activation="relu").build(3).layers[0].forwards.cell.mode == "RNN_RELU"


@pytest.mark.parametrize("wrong", [{"hidden": 0}, {"layers": 0}, {"weight_drop": 1.0}, {"hiden": 3}])
def test_wrong_settings_are_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        ENCODERS["lstm"](**wrong)
