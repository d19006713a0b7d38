"""Adaptive softmax, beside its laws (tests/contracts/test_softmaxes.py): against a loop, and what is refused."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from seqweave.core.errors import RecipeError
from seqweave.layers.generation import DECODERS, OUTPUTS, MemorySizes
from seqweave.layers.words import SOFTMAXES


def build(in_dim=16, tokens=30, tied=False, **settings):
    return SOFTMAXES["adaptive"](**settings).build(in_dim, nn.Embedding(tokens, in_dim), tied)


def test_a_token_is_told_by_the_head_or_by_its_cluster():
    torch.manual_seed(0)
    layer = build(cutoffs=(5, 11), shrink=2).double()
    state = torch.randn(16).double()
    head, (first, second) = layer.clusters.head, layer.clusters.tail
    shares = (head.weight @ state).softmax(dim=0)
    inner = [(last.weight @ (shrunk.weight @ state)).softmax(dim=0) for shrunk, last in (first, second)]
    assert [len(one) for one in inner] == [6, 19]
    assert [shrunk.weight.shape[0] for shrunk, _ in (first, second)] == [8, 4]
    wanted = torch.cat([shares[:5], shares[5] * inner[0], shares[6] * inner[1]])
    torch.testing.assert_close(layer.log_probabilities(state.unsqueeze(0))[0].exp(), wanted)


def test_frequent_targets_cost_the_head_alone():
    layer, states = build(tokens=400), torch.randn(50, 16)
    with FlopCounterMode(display=False) as frequent:
        layer.loss(states, torch.zeros(50, dtype=torch.long))
    with FlopCounterMode(display=False) as rare:
        layer.loss(states, torch.full((50,), 399))
    assert frequent.get_total_flops() == 2 * 50 * 16 * (400 // 20 + 2)
    beside = 2 * 50 * (16 * 1 + 1 * 300)  # states shrunk 16 times, and the scores of the last cluster
    assert rare.get_total_flops() == frequent.get_total_flops() + beside


def test_clusters_that_no_target_is_in_learn_nothing_and_say_so():
    """Ranks that share gradients wait for those of every parameter."""
    layer, states = build(cutoffs=(5, 11), shrink=2), torch.randn(50, 16)
    for token, learns in ((4, (False, False)), (5, (True, False)), (10, (True, False)), (11, (False, True))):
        targets = torch.full((50,), token)
        layer.zero_grad()
        loss = layer.loss(states, targets)
        loss.backward()
        assert loss.item() == -layer.clusters(states, targets).output.sum().item()
        assert bool(layer.clusters.head.weight.grad.any())
        for cluster, learned in zip(layer.clusters.tail, learns, strict=True):
            assert [bool(one.grad.any()) for one in cluster.parameters()] == [learned] * 2


@pytest.mark.parametrize("tokens", [2, 4, 5, 30, 1000])
def test_clusters_fit_every_vocabulary(tokens):
    layer = build(tokens=tokens)
    torch.testing.assert_close(layer.log_probabilities(torch.randn(3, 16)).exp().sum(dim=1), torch.ones(3))


@pytest.mark.parametrize("states", [torch.float32, torch.bfloat16])
def test_it_is_computed_in_one_format(states):
    layer, seen, targets = build(), torch.randn(4, 16).to(states), torch.tensor([0, 7, 20, 29])
    wanted = layer.loss(seen.float(), targets)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer.loss(seen, targets).equal(wanted)
        assert layer.log_probabilities(seen).dtype == torch.float32


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"tied": True}, "E-SOFTMAX-01"),
        ({"cutoffs": (5, 30)}, "E-SOFTMAX-02"),
        ({"cutoffs": (5, 10, 20)}, "E-SOFTMAX-03"),
        ({"in_dim": 8}, "E-SOFTMAX-03"),
    ],
)
def test_what_does_not_fit_is_refused(settings, code):
    with pytest.raises(RecipeError, match=code):
        build(**settings)


@pytest.mark.parametrize("cutoffs", [(5, 5), (7, 5), (0, 5)])
def test_cutoffs_rise(cutoffs):
    with pytest.raises(ValidationError):
        build(cutoffs=cutoffs)


def test_it_is_not_smoothed():
    decoder = DECODERS["vector"]().build(4, MemorySizes(4, 4))
    config = OUTPUTS["softmax"](smoothing=0.1, words={"kind": "adaptive"})
    with pytest.raises(RecipeError, match=r"smoothing: 0\.1.*E-SOFTMAX-04"):
        config.build(decoder, 4, nn.Embedding(30, 4), False)
    plain = OUTPUTS["softmax"](words={"kind": "adaptive"}).build(decoder, 4, nn.Embedding(30, 4), False)
    assert plain.scores.tokens == 30
