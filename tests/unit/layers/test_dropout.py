"""Rates, scales, shared masks, seeds, the identity in eval mode, and what a recipe may write."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from seqweave.core.configuration import Config
from seqweave.layers.dropout import (
    Dropout,
    DropoutConfig,
    LockedDropout,
    drop,
    embedding_dropout,
    weight_drop,
    word_dropout,
    word_rates,
)

RATE, MANY = 0.3, 40_000
DEVIATIONS = 5  # a sound rate is farther off than this once in two million seeds; the seed is fixed anyway


class Holder(Config):
    dropout: DropoutConfig = DropoutConfig()


def assert_rate(dropped: torch.Tensor, rate: float) -> None:
    deviation = (rate * (1 - rate) / dropped.numel()) ** 0.5
    assert abs(dropped.double().mean().item() - rate) <= DEVIATIONS * deviation


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_a_number_is_standard_dropout() -> None:
    assert Holder(dropout=0.33).dropout == DropoutConfig(kind="standard", rate=0.33)
    assert Holder(dropout=0).dropout.rate == 0
    assert isinstance(Holder(dropout=0.33).dropout.build(), Dropout)


def test_a_mapping_names_its_kind() -> None:
    holder = Holder(dropout={"kind": "locked", "rate": 0.4})
    assert isinstance(holder.dropout.build(), LockedDropout)
    assert Holder(**holder.dump()) == holder


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (1.0, ("dropout",)),
        (-0.1, ("dropout",)),
        (float("nan"), ("dropout",)),
        ("0.3", ("dropout",)),
        (True, ("dropout",)),
        (None, ("dropout",)),
        ({"rate": 1.0}, ("dropout", "rate")),
        ({"kind": "lokced", "rate": 0.1}, ("dropout", "kind")),
        ({"rat": 0.1}, ("dropout", "rat")),
    ],
)
def test_an_error_stands_at_the_wrong_value(value, place) -> None:
    with pytest.raises(ValidationError) as caught:
        Holder(dropout=value)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_editors_are_told_of_both_forms() -> None:
    number, mapping = Holder.model_json_schema()["$defs"]["DropoutConfig"]["anyOf"]
    assert number["type"] == "number"
    assert set(mapping["properties"]) == {"kind", "rate"}


@pytest.mark.parametrize("kind", ["standard", "locked"])
def test_rate_and_expectation_hold(kind) -> None:
    module = DropoutConfig(kind=kind, rate=RATE).build()
    found = module(torch.ones(MANY // 100, 3, 100))
    assert_rate(found[:, 0] == 0, RATE)
    kept = found[found != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - RATE)))


def test_locked_drops_the_same_entries_at_all_positions_of_a_row() -> None:
    found = LockedDropout(0.5)(torch.ones(2, 6, 50))
    assert torch.equal(found, found[:, :1].expand_as(found))
    assert not torch.equal(found[0], found[1])


def test_weight_drop_keeps_shape_rate_and_gradient() -> None:
    weight = torch.ones(400, 100, requires_grad=True)
    found = weight_drop(weight, RATE, training=True)
    assert_rate(found == 0, RATE)
    found.sum().backward()
    assert torch.equal(weight.grad == 0, found == 0)


def test_embedding_dropout_drops_a_row_at_all_its_places() -> None:
    ids = torch.randint(0, 500, (40, 1000))
    found = embedding_dropout(torch.ones(40, 1000, 2), ids, 500, RATE, training=True)
    for word in range(500):
        assert found[ids == word].unique().numel() == 1
    dropped = torch.zeros(500, dtype=torch.bool)
    dropped[ids[found[..., 0] == 0]] = True
    assert_rate(dropped, RATE)
    assert found.max().item() == pytest.approx(1 / (1 - RATE))


def test_embedding_dropout_equals_a_table_with_rows_dropped() -> None:
    table, ids = torch.randn(7, 3), torch.randint(0, 7, (4, 5))
    torch.manual_seed(1)
    found = embedding_dropout(table[ids], ids, 7, RATE, training=True)
    torch.manual_seed(1)
    masked = table * drop(torch.ones(7), RATE).unsqueeze(1)
    torch.testing.assert_close(found, masked[ids])


def test_word_rates_fall_with_frequency_but_not_below_the_common_rate() -> None:
    counts = torch.tensor([0, 0, 1, 3, 1000])
    found = word_rates(counts, rate=0.01, strength=0.25)
    assert found.tolist() == pytest.approx([0, 0, 0.25 / 1.25, 0.25 / 3.25, 0.01])
    assert word_rates(counts).tolist() == [0] * 5


def test_words_become_unknown_at_their_rates() -> None:
    ids = torch.arange(5).repeat(MANY, 1)
    rates = word_rates(torch.tensor([9, 9, 1, 4, 100]), rate=0.02, strength=0.25)
    found = word_dropout(ids, rates, training=True)
    for word in range(5):
        assert_rate(found[:, word] != word, rates[word].item())
        assert set(found[:, word].tolist()) <= {word, 1}


CALLS = {
    "standard": lambda x, training: Dropout(RATE).train(training)(x),
    "locked": lambda x, training: LockedDropout(RATE).train(training)(x),
    "weight": lambda x, training: weight_drop(x, RATE, training=training),
    "embedding": lambda x, training: embedding_dropout(x, IDS, 50, RATE, training=training),
    "word": lambda x, training: word_dropout(IDS, torch.full((50,), RATE), training=training),
}
IDS = torch.arange(40).view(5, 8)


@pytest.mark.parametrize("name", CALLS)
def test_seed_repeats_and_eval_is_the_identity(name) -> None:
    call, x = CALLS[name], torch.randn(5, 8, 4)
    torch.manual_seed(4)
    first = call(x, True)
    torch.manual_seed(4)
    assert torch.equal(call(x, True), first)
    unchanged = call(x, False)
    assert torch.equal(unchanged, IDS if name == "word" else x)
    assert not torch.equal(unchanged, first)
