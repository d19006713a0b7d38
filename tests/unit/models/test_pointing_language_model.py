"""A language model that points: windows equal the whole, unknown forms are told apart, copied and counted."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from seqweave.data.batches import StreamBatch
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import UNKNOWN
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.answering import answer, answers_to
from seqweave.insight.reading.explain import explain_reading
from seqweave.layers.pointing import Pointer
from seqweave.models import language_model
from seqweave.models.continuation import Continuer
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS

SPACES = SpacesConfig().fit(())
LSTM = {"kind": "lstm", "hidden": 5, "layers": 1, "bidirectional": False}
POINTERS = [{"kind": "sentinel", "window": 6}, {"kind": "cache", "window": 6, "theta": 0.5, "share": 0.4}]
TEXTS = ("a b a b rare a other rare b", "b a strange b strange a a", "a a b b a", "b odd b odd b odd b odd")


def corpus_of(*texts):
    task = TASKS["language-modelling"](train="lab").build()
    return Corpus.of(DocumentExample, [task.example(text, SPACES) for text in texts])


def fitted(pointer, context="document", **settings):
    data = TASKS["language-modelling"](train="lab", min_count=5, context=context)
    codec = data.build().fit(corpus_of(*TEXTS), {}, SPACES)
    torch.manual_seed(0)
    config = MODELS["language-model"](**{"embed": {"dim": 4}, "encoder": LSTM, "pointer": pointer, **settings})
    model = config.build(codec.sizes)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return codec, model.double().eval()


def batch_of(codec, rows=np.arange(len(TEXTS))):  # noqa: B008  # rows are never changed
    return codec.encode(corpus_of(*TEXTS)).batch(rows)


@pytest.mark.parametrize("pointer", [None, *POINTERS])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_prompt_is_read_window_by_window(pointer, size, monkeypatch):
    """What is remembered of texts of unequal lengths is what one piece leaves, last tokens and windows alike."""
    codec, model = fitted(pointer)
    batch, continuer = batch_of(codec), Continuer(model).eval()
    with torch.no_grad():
        wanted = continuer.start(batch)
        monkeypatch.setattr(language_model, "WINDOW", size)
        found = continuer.start(batch)
    assert torch.equal(found.last, wanted.last)
    for one, other in zip(found.carry, wanted.carry, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-9)


def test_unknown_forms_have_ids_of_their_own():
    codec, _ = fitted(None)
    batch = batch_of(codec)
    known = codec.tokens.vocabulary.count
    assert {form for row in batch.added for form in row} == {"odd", "other", "rare", "strange"}
    assert bool((batch.inputs < known).all() & (batch.targets < known).all())
    assert bool(((batch.told >= known) == (batch.targets == UNKNOWN)).all())
    for row, text in enumerate(TEXTS):
        length = len(text.split())
        assert codec.words(batch.told[row, :length].tolist(), batch.added[row]) == tuple(text.split())
        assert torch.equal(batch.read[row, 1 : length + 1], batch.told[row, :length])
    for row in range(len(TEXTS)):
        alone = batch_of(codec, np.array([row]))
        assert (alone.added or ((),))[0] == batch.added[row], "no other text changes how a text's own are numbered"
        length = int(alone.mask.sum())
        assert torch.equal(alone.told[0, :length], batch.told[row, :length])
    alone = batch_of(codec, np.array([2]))
    assert alone.apart is None or not (alone.apart >= known).any()


@pytest.mark.parametrize("pointer", POINTERS, ids=lambda pointer: pointer["kind"])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_windows_give_what_the_whole_gives(pointer, size):
    codec, model = fitted(pointer)
    dataset = codec.encode(corpus_of(*TEXTS))
    whole = dataset.window(np.array([0, 5]), np.array([20, 28]), np.arange(2))
    wanted, carry, found, total = model.predict_from(whole, None)[0], None, [], 0.0
    for start in range(0, 20, size):
        window = whole.piece(torch.arange(2), start, min(start + size, 20))
        total += model.loss_from(window, carry)[0].total.item()
        raw, carry = model.predict_from(window, carry)
        found.append(raw)
    for name in ("log_probabilities", "apart"):
        together = torch.cat([getattr(raw, name) for raw in found], dim=1)
        torch.testing.assert_close(together, getattr(wanted, name)[:, :20], rtol=0, atol=1e-9)
    assert -total == pytest.approx(wanted.apart[:, :20].sum().item(), abs=1e-9), "the loss tells unknown forms apart"


@pytest.mark.parametrize("pointer", POINTERS, ids=lambda pointer: pointer["kind"])
def test_texts_are_read_window_by_window_too(pointer, monkeypatch):
    codec, model = fitted(pointer)
    wanted = model.predict(batch_of(codec))
    monkeypatch.setattr(language_model, "WINDOW", 3)
    found = model.predict(batch_of(codec))
    torch.testing.assert_close(found.log_probabilities, wanted.log_probabilities, rtol=0, atol=1e-9)
    torch.testing.assert_close(found.apart, wanted.apart, rtol=0, atol=1e-9)


@torch.no_grad()
@pytest.mark.parametrize("pointer", POINTERS, ids=lambda pointer: pointer["kind"])
def test_all_that_may_come_next_adds_up_to_one_and_to_what_is_told(pointer):
    codec, model = fitted(pointer)
    batch, known = batch_of(codec), codec.tokens.vocabulary.count
    states, pointed, _ = model.look(batch.read, batch.mask, None)
    mixed = pointed.mixed(model.log_probabilities(states), batch.most_added)
    torch.testing.assert_close(mixed.exp().sum(dim=2)[batch.mask], torch.ones(int(batch.mask.sum())).double())
    raw = model.predict(batch)
    for row, at in batch.mask.nonzero().tolist():
        told, chances = int(batch.told[row, at]), mixed[row, at].exp()
        new = told >= known and float(chances[told]) == 0
        apart = chances[UNKNOWN if new else told]
        together = chances[UNKNOWN] + chances[known:].sum() if told >= known else chances[told]
        assert float(raw.apart[row, at].exp()) == pytest.approx(float(apart), abs=1e-12)
        assert float(raw.log_probabilities[row, at].exp()) == pytest.approx(float(together), abs=1e-12)


def test_a_stream_is_scored_both_ways():
    codec, model = fitted(POINTERS[0], context="stream")
    answers = answer(model, codec, corpus_of(*TEXTS))
    assert all(len(one.apart) == len(one.log_probabilities) for one in answers)
    assert any(
        apart < log - 1e-6 for one in answers for apart, log in zip(one.apart, one.log_probabilities, strict=True)
    )
    task = TASKS["language-modelling"](train="lab", min_count=5).build()
    scores = task.score(list(corpus_of(*TEXTS)), answers)
    nats = -sum(sum(one.apart) for one in answers) / sum(len(one.apart) for one in answers)
    assert scores["perplexity_unknown_apart"].value == pytest.approx(math.exp(nats))
    assert scores["perplexity_unknown_apart"].value > scores["perplexity"].value
    assert scores["perplexity_unknown_apart"].signature != scores["perplexity"].signature


def test_a_word_that_was_never_seen_is_written_where_it_stands_in_the_text():
    codec, model = fitted(POINTERS[0], search={"kind": "greedy"}, longest=4)
    with torch.no_grad():  # a sentinel that gets nothing: all is given to the text
        model.pointer.query.weight.zero_()
        model.pointer.query.bias.fill_(3.0)
        model.pointer.sentinel.fill_(-9.0)
    dataset = codec.encode(corpus_of("zyx zyx zyx zyx zyx", "zyx vwu vwu vwu vwu"))
    found = answers_to(Continuer(model).eval(), codec, [dataset.batch(np.arange(2))])
    assert found[0].tokens[0] == ("zyx",) * 4
    assert found[0].texts[0] == " zyx zyx zyx zyx"
    assert set(found[1].tokens[0]) <= {"zyx", "vwu"}
    assert "vwu" in found[1].tokens[0]
    assert all(0 < chance < 1 + 1e-9 for one in found for chance in one.chances)


@pytest.mark.parametrize("pointer", POINTERS, ids=lambda pointer: pointer["kind"])
def test_a_continuation_has_the_probability_of_the_text_that_it_makes(pointer):
    codec, model = fitted(pointer, search={"kind": "greedy"}, longest=5)
    text = "a rare b a rare"
    dataset = codec.encode(corpus_of(text))
    (found,) = answers_to(Continuer(model).eval(), codec, [dataset.batch(np.arange(1))])
    longer = codec.encode(corpus_of(f"{text} {' '.join(found.tokens[0])}"))
    apart = model.predict(longer.batch(np.arange(1))).apart[0].exp()
    assert found.chances == pytest.approx(apart[5 : 5 + len(found.tokens[0])].tolist(), abs=1e-9)


def test_a_cache_is_laid_over_a_trained_network_and_leaves_it_as_it_was():
    codec, model = fitted(None)
    before = model.predict(batch_of(codec)).log_probabilities
    cached = model.searching(model.config.model_copy(update={"pointer": fitted(POINTERS[1])[1].config.pointer}))
    assert cached.table.weight is model.table.weight
    assert not torch.equal(cached.predict(batch_of(codec)).log_probabilities, before)
    assert torch.equal(model.predict(batch_of(codec)).log_probabilities, before)
    off = cached.searching(model.config)
    assert torch.equal(off.predict(batch_of(codec)).log_probabilities, before)


def test_a_cache_takes_no_part_in_training():
    codec, plain = fitted(None)
    _, cached = fitted(POINTERS[1])
    batch = batch_of(codec)
    assert cached.train().loss(batch).total.item() == pytest.approx(plain.train().loss(batch).total.item(), abs=1e-12)


def test_every_weight_of_the_pointer_learns():
    codec, model = fitted(POINTERS[0])
    model.train().loss(batch_of(codec)).total.backward()
    for name, parameter in model.named_parameters():
        assert bool((parameter.grad != 0).any()), name
        assert bool(torch.isfinite(parameter.grad).all()), name


@pytest.mark.parametrize("pointer", POINTERS, ids=lambda pointer: pointer["kind"])
def test_a_window_longer_than_the_texts_takes_no_room_and_changes_nothing(pointer, monkeypatch):
    codec, model = fitted({**pointer, "window": 1000}, longest=3)
    batch, look, seen = batch_of(codec), Pointer.look, []

    def watched(self, states, words, mask, carry):
        found, after = look(self, states, words, mask, carry)
        seen.append(after[1].shape[1])
        return found, after

    wanted = model.predict_from(batch, None)[0]
    monkeypatch.setattr(Pointer, "look", watched)
    found = model.predict(batch)
    longest = batch.targets.shape[1]
    assert max(seen) == longest
    for name in ("log_probabilities", "apart"):
        torch.testing.assert_close(getattr(found, name), getattr(wanted, name), rtol=0, atol=1e-9)
    seen.clear()
    answers_to(Continuer(model).eval(), codec, [batch])
    assert longest < max(seen) <= longest + 4  # the last one of those that it writes is the end
    seen.clear()
    explain_reading(model.float(), codec, corpus_of(TEXTS[0])[0])
    assert max(seen) == len(TEXTS[0].split()) + 1


@pytest.mark.parametrize("window", [1, 2, 4, 9, 1000])
@pytest.mark.parametrize("pointer", POINTERS, ids=lambda pointer: pointer["kind"])
def test_a_window_grows_with_what_was_read_and_tells_the_same(pointer, window):
    codec, model = fitted({**pointer, "window": window})
    batch = batch_of(codec)
    wanted, _ = model.predict_from(batch, None)
    carry, found, longest = None, [], batch.targets.shape[1]
    for start, stop in pairwise((0, 1, 3, 4, longest)):
        raw, carry = model.predict_from(batch.piece(torch.arange(len(batch)), start, stop), carry)
        assert carry[-1].shape[1] == min(window, stop)
        found.append(raw.apart)
    torch.testing.assert_close(torch.cat(found, dim=1), wanted.apart, rtol=0, atol=1e-9)


def test_a_piece_of_a_batch_is_that_piece():
    codec, _ = fitted(None)
    batch = batch_of(codec)
    pieces = [batch.piece(torch.arange(len(batch)), start, stop) for start, stop in pairwise((0, 3, 4, 10))]
    for name in ("inputs", "targets", "read", "told"):
        together = torch.cat([getattr(piece, name) for piece in pieces], dim=1)
        assert torch.equal(together, getattr(batch, name)), name
    assert isinstance(pieces[0], StreamBatch)
