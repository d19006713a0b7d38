"""A language model: windows equal the whole, and continuations are those of a loop over whole texts."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from seqweave.core.errors import RecipeError
from seqweave.data.batches import StreamBatch
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import END
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight import answering
from seqweave.insight.answering import answer, answers_to
from seqweave.laboratory.contract import laboratory_of
from seqweave.layers.activity import activation, temporal_activation
from seqweave.models import language_model
from seqweave.models.continuation import Continuer
from seqweave.models.contract import MODELS
from seqweave.tasks import language_dataset
from seqweave.tasks.contract import TASKS
from seqweave.tasks.language_codec import LanguageCodec

LSTM = {"kind": "lstm", "hidden": 5, "layers": 2, "bidirectional": False}
SPACES = SpacesConfig().fit(())


@pytest.fixture(scope="module")
def lab():
    part = laboratory_of("language-modelling").split([12], seed=3)[0]
    return Corpus.of(DocumentExample, [specimen.example for specimen in part])


def fitted(corpus, **settings) -> tuple[LanguageCodec, language_model.LanguageModel]:
    codec = TASKS["language-modelling"](train="lab", context=settings.pop("context", "document")).build()
    codec = codec.fit(corpus, {}, SPACES)
    torch.manual_seed(0)
    model = MODELS["language-model"](**{"embed": {"dim": 5}, "encoder": LSTM, **settings}).build(codec.sizes)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return codec, model.double().eval()


@pytest.mark.parametrize("size", [1, 3, 10, 1000])
def test_windows_give_what_the_whole_gives(lab, size):
    codec, model = fitted(lab)
    dataset = codec.encode(lab)
    starts, stops = np.array([0, 40]), np.array([30, 65])
    whole = dataset.window(starts, stops, np.arange(2))
    wanted, total, carry = model.predict_from(whole, None)[0].log_probabilities, 0.0, None
    found = []
    for start in range(0, 25, size):
        part = slice(start, min(start + size, 25))
        window = StreamBatch(whole.inputs[:, part], whole.targets[:, part], whole.rows)
        total += model.loss_from(window, carry)[0].total.item()
        raw, carry = model.predict_from(window, carry)
        found.append(raw.log_probabilities)
    torch.testing.assert_close(torch.cat(found, dim=1), wanted[:, :25], rtol=0, atol=1e-9)
    assert -total == pytest.approx(wanted[:, :25].sum().item(), abs=1e-9)


def test_long_texts_are_read_window_by_window(lab, monkeypatch):
    codec, model = fitted(lab)
    batch = codec.encode(lab).batch(np.arange(len(lab)))
    wanted = model.predict(batch).log_probabilities
    monkeypatch.setattr(language_model, "WINDOW", 7)
    torch.testing.assert_close(model.predict(batch).log_probabilities, wanted, rtol=0, atol=1e-9)


def test_probabilities_of_every_next_token_add_up_to_one(lab):
    codec, model = fitted(lab)
    batch = codec.encode(lab).batch(np.array([0]))
    states, _ = model.read(batch.inputs, batch.mask, None)
    torch.testing.assert_close(
        model.log_probabilities(states).exp().sum(dim=2), torch.ones(1, states.shape[1]).double()
    )


def test_a_stream_is_scored_with_what_came_before_in_mind_and_a_document_by_itself(lab):
    codec, model = fitted(lab)
    alone = answer(model, codec, lab)
    stream = answer(model, fitted(lab, context="stream")[0], lab)
    whole = codec.encode(lab)
    with torch.no_grad():
        wanted = model.predict_from(whole.window(np.array([0]), np.array([whole.total]), np.arange(1)), None)[0]
    found = [log for one in stream for log in one.log_probabilities]
    np.testing.assert_allclose(found, wanted.log_probabilities[0], atol=1e-6)
    assert alone[0].log_probabilities == pytest.approx(stream[0].log_probabilities, abs=1e-6), "nothing is before it"
    assert alone[1].log_probabilities != pytest.approx(stream[1].log_probabilities, abs=1e-3)
    assert sum(len(one.log_probabilities) for one in alone) == whole.total, "every token and every end, once"


def test_stretches_side_by_side_are_scored_as_each_by_itself(lab, monkeypatch):
    """Of unequal lengths, over several windows; every token stands where it was told, and none is told twice."""
    codec, model = fitted(lab, context="stream")
    whole = codec.encode(lab)
    monkeypatch.setattr(language_dataset, "STRETCH", whole.total // 3 - 1)
    monkeypatch.setattr(answering, "WINDOW", 7)
    borders = whole.scored_as
    assert len(borders) == 4
    assert len(set(np.diff(borders))) > 1
    wanted = []
    with torch.no_grad():
        for start, stop in pairwise(borders.tolist()):
            alone = whole.window(np.array([start]), np.array([stop]), np.arange(1))
            wanted += model.predict_from(alone, None)[0].log_probabilities[0].tolist()
    found = [log for one in answer(model, codec, lab) for log in one.log_probabilities]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9)


def test_dropout_has_four_places(lab):
    codec, still = fitted(lab)
    batch = codec.encode(lab).batch(np.arange(3))
    places = (
        {"embed": {"dim": 5, "row_dropout": 0.5}},
        {"embed": {"dim": 5, "dropout": 0.5}},
        {"encoder": {**LSTM, "dropout": 0.5}},
        {"output_dropout": 0.5},
    )
    with torch.no_grad():
        calm = still.train().loss(batch).total.item()
        for place in places:
            model = fitted(lab, **place)[1]
            assert model.loss(batch).total.item() == pytest.approx(calm, rel=1e-9), "none in eval mode"
            assert model.train().loss(batch).total.item() != pytest.approx(calm, rel=1e-6), place


def test_what_states_cost_is_added_while_training(lab):
    codec, plain = fitted(lab, embed={"dim": 5, "row_dropout": 0.2}, encoder={**LSTM, "dropout": 0.3})
    costly = fitted(
        lab,
        embed={"dim": 5, "row_dropout": 0.2},
        encoder={**LSTM, "dropout": 0.3},
        activation=2.0,
        temporal_activation=0.5,
    )[1]
    batch = codec.encode(lab).batch(np.arange(3))
    assert costly.loss(batch).total.item() == pytest.approx(plain.loss(batch).total.item()), "not in eval mode"
    assert costly.loss(batch).parts == {}
    losses = []
    for model in (plain, costly):
        torch.manual_seed(1)
        losses.append(model.train().loss(batch))
        torch.manual_seed(1)
        encoded, _ = model._encoded(batch.inputs, batch.mask, None)
    parts = {
        "activation": 2.0 * activation(encoded.states, batch.mask).item(),
        "temporal_activation": 0.5 * temporal_activation(encoded.undropped, batch.mask).item(),
    }
    assert {name: part.item() for name, part in losses[1].parts.items()} == pytest.approx(parts)
    assert (losses[1].total - losses[0].total).item() == pytest.approx(sum(parts.values()))
    assert losses[1].count == losses[0].count


def test_tied_tables_are_one(lab):
    _, model = fitted(lab)
    assert model.scores.words.weight is model.table.weight
    assert fitted(lab, tie=False)[1].scores.words.weight.shape == model.table.weight.shape
    projected = fitted(lab, encoder={**LSTM, "hidden": 8})[1]
    assert projected.scores.words.weight is projected.table.weight
    assert projected.scores.project.weight.shape == (5, 8)


@pytest.mark.parametrize(
    ("encoder", "code"),
    [({"kind": "bag"}, "E-LM-04"), ({**LSTM, "bidirectional": True}, "E-CARRY-01")],
)
def test_an_encoder_that_cannot_go_on_is_refused(lab, encoder, code):
    with pytest.raises(RecipeError, match=code):
        fitted(lab, encoder=encoder)


def slowly(model, tokens, longest):
    """The most probable continuation, the whole text read again for every token."""
    found = []
    while len(found) < longest:
        read = torch.tensor([[END, *tokens, *found]])
        states, _ = model.read(read, torch.ones_like(read, dtype=torch.bool), None)
        logs = model.log_probabilities(states)[0, -1]
        logs[[0, 1, 2]] = -math.inf
        best = int(logs.argmax())
        if best == END:
            break
        found.append(best)
    return found


def test_a_continuation_is_that_of_a_loop_over_the_whole_text(lab):
    codec, model = fitted(lab, search={"kind": "greedy"}, longest=6)
    prompts = ["the old", "some dogs near the", "every"]
    task = TASKS["language-modelling"](train="lab").build()
    dataset = codec.encode(Corpus.of(DocumentExample, [task.example(text, SPACES) for text in prompts]))
    found = answers_to(Continuer(model), codec, [dataset.batch(np.arange(3))])
    with torch.no_grad():
        for row, one in enumerate(found):
            length = int(dataset.lengths[row])
            tokens = dataset.stream.ids(*(int(end[0]) for end in dataset.stream.bounds(np.array([row]))))[: length - 1]
            assert one.tokens[0] == codec.words(slowly(model, tokens.tolist(), 6))
            assert one.texts[0] == (f" {' '.join(one.tokens[0])}" if one.tokens[0] else "")


def test_searching_shares_the_weights(lab):
    _, model = fitted(lab)
    other = model.searching(model.config.model_copy(update={"longest": 3}))
    assert other.config.longest == 3
    assert model.config.longest == 50
    assert other.table.weight is model.table.weight
