"""What changes an answer is seen, what rounding does is told apart from it; margins beside scores of whole paths."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from seqweave.data.corpus import Corpus
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.decoding.chain import path_score
from seqweave.insight.certify import EXAMPLES, FORMATS, NEAR_TIE, TOKENS, Answerer, _loss, certify, compared, sample
from seqweave.laboratory.contract import LABORATORIES
from seqweave.layers.contracts import Encoded, Encoder
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS

ENCODED = {"embed": ({"kind": "words", "dim": 6},), "encoder": {"kind": "lstm", "hidden": 4}}
MODEL = {
    "tagging": ("tagger", {**ENCODED, "head": {"kind": "crf"}}),
    "classification": ("classifier", {**ENCODED, "head": {"kind": "label"}}),
}
TRIALS = ("one at a time", "two at a time", "shuffled", "padded", "1 thread", "2 threads")


def built(task_name):
    """A model whose weights are drawn, with its codec, and a few examples of different lengths."""
    (part,) = LABORATORIES[task_name]().split([8], seed=1)
    data = TASKS[task_name](train="lab")
    corpus = Corpus.of(data.build().examples, [specimen.example for specimen in part])
    kind, settings = MODEL[task_name]
    config = MODELS[kind](**settings)
    codec = data.build().settled(corpus).build().fit(corpus, config.features(), SpacesConfig().fit(()))
    torch.manual_seed(0)
    network = config.build(codec.sizes).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return Answerer(network, codec), corpus


class Broken(Encoder):
    """A sound encoder with something added to its states and summary."""

    def __init__(self, sound):
        super().__init__()
        self.sound, self.out_dim = sound, sound.out_dim

    def forward(self, x, mask):
        found = self.sound(x, mask)
        more = self.more(found, mask)
        return Encoded(found.states + more.unsqueeze(1), found.summary + more, mask)


class LeaksPadding(Broken):
    def more(self, found, mask):
        return mask.float().mean(dim=1, keepdim=True).to(found.states.dtype)


class KnowsItsRow(Broken):
    def more(self, found, mask):
        return torch.arange(len(mask), dtype=found.states.dtype).unsqueeze(1) / 10


class Remembers(Broken):
    """The batch before shines through."""

    before = 0.0

    def more(self, found, mask):
        before, self.before = self.before, float(found.summary.mean())
        return found.summary.new_full((len(mask), 1), 100 * before)


class CountsThreads(Broken):
    def more(self, found, mask):
        return found.summary.new_full((len(mask), 1), float(torch.get_num_threads() == 2))


FAULTS = {
    (LeaksPadding, "tagging"): {
        "one at a time",
        "two at a time",
    },  # so few usual ones are one batch, with the longest in it
    (KnowsItsRow, "tagging"): {"one at a time", "two at a time", "shuffled", "padded"},
    (Remembers, "classification"): {"one at a time", "two at a time", "shuffled", "padded"},
    (CountsThreads, "classification"): {"2 threads"},
}


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("task_name", MODEL)
def test_a_sound_model_holds(task_name):
    answerer, corpus = built(task_name)
    threads = torch.get_num_threads()
    found = certify(answerer, {"a copy": answerer}, corpus)
    assert torch.get_num_threads() == threads
    assert tuple(found) == tuple(FORMATS)
    for number_format, trials in found.items():
        assert tuple(trials) == (*TRIALS, "a copy")
        assert all(outcome.holds(number_format) for outcome in trials.values())
    assert all(p.dtype == torch.float32 for p in answerer.network.parameters()), "the model is left as it was"


@pytest.mark.parametrize(("fault", "task_name"), FAULTS)
@pytest.mark.usefixtures("one_thread")
def test_a_broken_model_is_seen(fault, task_name):
    answerer, corpus = built(task_name)
    answerer.network.encoder = fault(answerer.network.encoder)
    for number_format, trials in certify(answerer, {}, corpus).items():
        failed = {name for name, outcome in trials.items() if not outcome.holds(number_format)}
        assert FAULTS[fault, task_name] <= failed, number_format
        assert any(outcome.changed for outcome in trials.values())
        if fault is not Remembers:
            assert "1 thread" not in failed


@pytest.mark.usefixtures("one_thread")
def test_each_trial_that_pads_sees_padding_that_leaks(monkeypatch):
    """Where examples are usually answered one by one, so that nothing is padded."""
    monkeypatch.setattr("seqweave.insight.certify.ANSWER_TOKENS", 1)
    answerer, corpus = built("classification")
    answerer.network.encoder = LeaksPadding(answerer.network.encoder)
    for number_format, trials in certify(answerer, {}, corpus).items():
        failed = {name for name, outcome in trials.items() if not outcome.holds(number_format)}
        assert failed == {"two at a time", "shuffled", "padded"}


def test_a_copy_of_other_weights_is_seen():
    answerer, corpus = built("classification")
    other = answerer.to(torch.float32)
    with torch.no_grad():
        other.network.head.project.bias[0] += 0.01
    for number_format, trials in certify(answerer, {"a copy": other}, corpus).items():
        assert not trials["a copy"].holds(number_format)
        assert all(outcome.holds(number_format) for name, outcome in trials.items() if name != "a copy")


class Undecided(nn.Module):
    """Answers with another tag in the place of its twin where a sentence is alone."""

    def __init__(self, sound, twins):
        super().__init__()
        self.sound, self.twins = sound, twins

    def loss(self, batch):
        return self.sound.loss(batch)

    def predict(self, batch):
        raw, (one, other) = self.sound.predict(batch), self.twins
        alone = len(batch) == 1
        return replace(raw, tags=torch.where(raw.tags == one, other, raw.tags)) if alone else raw


@pytest.mark.parametrize(("margin", "near"), [(NEAR_TIE / 100, True), (NEAR_TIE * 100, False)])
def test_sequences_that_score_alike_are_near_ties_in_float32_alone(margin, near):
    answerer, corpus = built("tagging")
    twins = tuple(answerer.codec.tags.index(tag) for tag in ("NOUN", "VERB"))
    head = answerer.network.head
    with torch.no_grad():
        for scores in (head.project.weight, head.project.bias, head.starts, head.ends, head.between, head.between.T):
            scores[twins[1]] = scores[twins[0]]
        head.project.bias[list(twins)] += 50  # so that many tokens have one of them
        head.project.bias[twins[0]] += margin / max(len(example.tokens) for example in corpus)
    found = certify(Answerer(Undecided(answerer.network, twins), answerer.codec), {}, corpus)
    alone = found["float32"]["one at a time"]
    assert bool(alone.near_ties) is near
    assert bool(alone.changed) is not near
    assert found["float64"]["one at a time"].changed, "in float64 nothing may change"
    assert not found["float64"]["one at a time"].near_ties


def test_the_difference_of_losses_is_the_margin_of_two_paths():
    answerer, corpus = built("tagging")
    exact = answerer.to(torch.float64)
    batch = exact.codec.encode(corpus).batch(np.array([3]))
    other = batch.tags.roll(1, dims=1)
    tags = [tuple(exact.codec.tags[i] for i in path[0].tolist()) for path in (batch.tags, other)]
    assert tags[0] != tags[1]
    (answer,) = exact.codec.answers(exact.network.predict(batch), batch)
    losses = [_loss(exact, corpus, 3, replace(answer, tags=one)) for one in tags]
    scores, mask = exact.network.scores(batch.tokens), batch.tokens.mask
    paths = [path_score(scores, mask, exact.network.head.transitions, path).item() for path in (batch.tags, other)]
    assert losses[1] - losses[0] == pytest.approx(paths[0] - paths[1], abs=1e-9)


@dataclass(frozen=True)
class Named:
    labels: tuple[str, ...]
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Listed:
    tags: tuple[str, ...]
    probabilities: tuple[float, ...]


def never(*_):
    raise AssertionError("asked for a margin that the scores tell")


def test_alternatives_with_scores_of_their_own_tell_near_ties():
    one = Named(("a",), {"a": 0.5, "b": 0.5 - 1e-6})
    near, far = Named(("b",), {"a": 0.5 - 1e-6, "b": 0.5}), Named(("b",), {"a": 0.4, "b": 0.6})
    found = compared([one] * 3, [one, near, far], never, NEAR_TIE)
    assert (found.changed, found.near_ties) == ((2,), (1,))
    assert found.largest == pytest.approx(0.1, rel=1e-4)
    assert compared([one], [near], never, 0.0).changed == (0,)


def test_scores_of_other_answers_are_not_compared():
    one, other = Listed(("a", "b"), (0.9, 0.8)), Listed(("a", "c"), (0.9, 0.1))
    asked = []
    found = compared([one, one], [one, other], lambda *pair: asked.append(pair) or 1.0, NEAR_TIE)
    assert asked == [(1, one, other)]
    assert (found.changed, found.largest) == ((1,), 0.0)
    assert compared([one], [Listed(one.tags, (0.9, 0.7))], never, NEAR_TIE).largest == pytest.approx(0.1)


@pytest.mark.parametrize("scores", [(math.nan, 0.8), (0.9,)])
def test_scores_that_cannot_be_compared_do_not_hold(scores):
    usual = [Listed(("a", "b"), (0.9, 0.8))] * 2
    found = compared(usual, [Listed(("a", "b"), scores), usual[1]], never, NEAR_TIE)
    assert not found.changed
    assert not found.holds("float32")


def test_a_sample_is_small_and_holds_the_longest():
    lengths = np.full(100_000, 10)
    lengths[777] = 900
    rows = sample(lengths)
    assert 777 in rows
    assert (rows[0], rows[-1]) == (0, len(lengths) - 1)
    assert len(rows) <= EXAMPLES + 1
    assert len(sample(np.full(5000, 1000))) <= TOKENS // 1000 + 1
    assert sample(np.array([3, 1])).tolist() == [0, 1]
