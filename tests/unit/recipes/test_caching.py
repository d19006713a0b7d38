"""What a cache leaves open is chosen as a search through all pairs would choose it."""

from __future__ import annotations

import math
from itertools import cycle

import pytest
import torch

from seqweave.core.errors import CommandError
from seqweave.core.nodes import Document
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.answering import answer
from seqweave.laboratory.contract import laboratory_of
from seqweave.recipes import caching
from seqweave.recipes.caching import MOST_TOKENS, described, left_open, require_chosen, told, with_chosen
from seqweave.recipes.recipe import read
from seqweave.recipes.saving import Trained
from seqweave.recipes.steering import steered

LSTM = {"kind": "lstm", "hidden": 8, "bidirectional": False}
SPACES = SpacesConfig()


def corpora():
    parts = laboratory_of("language-modelling").split([20, 6], seed=3)
    return [Corpus.of(DocumentExample, [specimen.example for specimen in part]) for part in parts]


def trained(pointer=None):
    train, dev = corpora()
    model = {"embed": {"dim": 8}, "encoder": LSTM, "pointer": pointer}
    recipe = read(Document("r", {"task": "language-modelling", "data": {"train": "t", "dev": "d"}, "model": model}, {}))
    task = recipe.data.build()
    codec = task.fit(train, {}, SPACES.fit(()))
    torch.manual_seed(0)
    network = recipe.model.build(codec.sizes)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return Trained(recipe, task, SPACES.fit(()), SPACES, codec, network.eval()), dev


def perplexity(model, dev):
    logs = [log for one in answer(model.network, model.codec, dev) for log in one.log_probabilities]
    return math.exp(-sum(logs) / len(logs))


@pytest.mark.parametrize("left", [{}, {"theta": 0.3}, {"share": 0.2}])
def test_the_best_pair_is_chosen(left, monkeypatch):
    monkeypatch.setattr(caching, "THETAS", (0.1, 1.0))
    monkeypatch.setattr(caching, "SHARES", (0.05, 0.3))
    plain, dev = trained()
    model = steered(
        plain, ["model.pointer.kind=cache", *(f"model.pointer.{key}={value}" for key, value in left.items())]
    )
    assert left_open(model)
    found, chosen = with_chosen(model, dev)
    thetas, shares = (
        (left[key],) if key in left else grid for key, grid in (("theta", (0.1, 1.0)), ("share", (0.05, 0.3)))
    )
    every = {
        (theta, share): perplexity(
            steered(model, [f"model.pointer.theta={theta}", f"model.pointer.share={share}"]), dev
        )
        for theta in thetas
        for share in shares
    }
    assert (chosen.theta, chosen.share) == min(every, key=every.get)
    assert chosen.perplexity == pytest.approx(min(every.values()), rel=1e-5)
    assert chosen.without == pytest.approx(perplexity(plain, dev), rel=1e-5)
    assert perplexity(found, dev) == pytest.approx(chosen.perplexity, rel=1e-5)
    assert chosen.tried == len(every)
    assert (
        described(found, chosen)["chosen_on_dev"]["tokens"] == sum(len(text.tokens) + 1 for text in dev) < MOST_TOKENS
    )
    assert found.network.table.weight is plain.network.table.weight
    assert chosen.edges == tuple(name for name in ("theta", "share") if name not in left), "both are, of two values"
    assert f"theta {chosen.theta} and lambda {chosen.share} chosen on dev of {chosen.tried} pairs" in told(
        described(found, chosen)
    )


@pytest.mark.parametrize("best", [(0, 1), (1, 1), (1, 2), (2, 0)])
def test_the_edge_of_the_grid_is_told(best, monkeypatch):
    monkeypatch.setattr(caching, "THETAS", (0.1, 0.5, 1.0))
    monkeypatch.setattr(caching, "SHARES", (0.1, 0.2, 0.3))
    pairs = [(theta, share) for theta in range(3) for share in range(3)]
    values = iter([value for pair in pairs for value in (50.0 if pair == best else 60.0, 70.0)])
    monkeypatch.setattr(caching, "_perplexity", lambda _: next(values))
    plain, dev = trained()
    found, chosen = with_chosen(steered(plain, ["model.pointer.kind=cache"]), dev)
    assert (chosen.theta, chosen.share) == (caching.THETAS[best[0]], caching.SHARES[best[1]])
    edges = [name for name, place in zip(("theta", "share"), best, strict=True) if place != 1]
    sentence = told(described(found, chosen))
    assert ("at the edge" in sentence) == bool(edges)
    assert f"; {' and '.join(edges)} at the edge" in sentence or not edges


def test_a_cache_that_does_not_help_is_left_out(monkeypatch):
    values = cycle([60.0, 50.0])  # with a pair, and without a cache
    monkeypatch.setattr(caching, "_perplexity", lambda _: next(values))
    plain, dev = trained()
    found, chosen = with_chosen(steered(plain, ["model.pointer.kind=cache"]), dev)
    assert (chosen.share, chosen.perplexity, chosen.without) == (0.0, 50.0, 50.0)
    assert not found.network.pointer.active
    assert perplexity(found, dev) == perplexity(plain, dev)
    assert told(described(found, chosen)).endswith("helps on dev, so that it is left out")
    given, kept = with_chosen(steered(plain, ["model.pointer={kind: cache, share: 0.2}"]), dev)
    assert kept.share == given.network.pointer.share == 0.2, "who names a share wants it"


def test_what_is_chosen_already_or_no_cache_stays():
    plain, dev = trained()
    assert with_chosen(plain, dev) == (plain, None)
    assert described(plain, None) == {}
    whole = steered(plain, ["model.pointer={kind: cache, theta: 0.5, share: 0.1}"])
    assert with_chosen(whole, dev) == (whole, None)
    assert require_chosen(whole) is whole
    with pytest.raises(CommandError, match="E-CACHE-01"):
        require_chosen(steered(plain, ["model.pointer.kind=cache"]))


def test_what_is_learned_is_neither_laid_over_nor_taken_off():
    plain, _ = trained()
    with pytest.raises(CommandError, match="E-STEER-07"):
        steered(plain, ["model.pointer.kind=sentinel"])
    sentinel, _ = trained({"kind": "sentinel", "window": 5})
    for override in ("model.pointer.kind=cache", "model.pointer=null", "model.pointer.window=9"):
        with pytest.raises(CommandError, match="E-STEER-07"):
            steered(sentinel, [override])
    with pytest.raises(CommandError, match="E-STEER-03"):
        steered(plain, ["model.embed.dim=3"])
