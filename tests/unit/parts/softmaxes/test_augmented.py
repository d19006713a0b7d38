"""The augmented loss, beside autograd over whole scores, finite differences, and one position by hand."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from seqweave.layers import chunked
from seqweave.layers.similar import SimilarWords
from seqweave.parts.softmaxes.augmented import AugmentedSoftmaxConfig
from seqweave.parts.softmaxes.full import FullSoftmaxConfig

IN_DIM, DIM, TOKENS, POSITIONS = 6, 4, 20, 25
CONFIG = AugmentedSoftmaxConfig(temperature=3.0, weight=0.7)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(chunked, "CHUNK_BYTES", 4 * TOKENS * 8)
    monkeypatch.setattr(chunked, "LEAST", 1)


def built(tied, config=CONFIG):
    torch.manual_seed(0)
    table = nn.Embedding(TOKENS, DIM, padding_idx=0).double()
    layer = config.build(IN_DIM, table, tied).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randn_like(parameter))
    states = torch.randn(POSITIONS, IN_DIM).double().requires_grad_()
    return layer, table, states, torch.randint(TOKENS, (POSITIONS,))


def slowly(layer, table, states, targets):
    """The equations over all scores at once, position after position."""
    scores = layer.full.words(layer.full.recognised(states))
    vectors, heat = table.weight.detach(), CONFIG.temperature
    wanted = torch.stack([torch.softmax(torch.stack([vectors[t] @ v for v in vectors]) / heat, 0) for t in targets])
    found = torch.log_softmax(scores / heat, dim=1)
    divergence = functional.kl_div(found, wanted, reduction="sum")
    return functional.cross_entropy(scores, targets, reduction="sum") + CONFIG.weight * heat * divergence


@pytest.mark.parametrize("tied", [False, True])
def test_loss_and_gradients_are_those_of_the_equations(tied):
    layer, table, states, targets = built(tied)
    of = [states, *layer.parameters()]
    found, wanted = layer.train().loss(states, targets), slowly(layer, table, states, targets)
    torch.testing.assert_close(found, wanted, rtol=1e-10, atol=0)
    slopes = zip(torch.autograd.grad(found * 2, of), torch.autograd.grad(wanted * 2, of), strict=True)
    for one, other in slopes:
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_positions_that_the_vocabulary_does_not_tell_learn_nothing_of_likeness():
    """Their targets are any id: another one changes neither the loss nor a gradient."""
    layer, _, states, targets = built(tied=False)
    pointed, of = torch.full((POSITIONS, 2), -0.7).double(), [states, *layer.train().parameters()]
    pointed[::3, 0] = -torch.inf
    others = torch.where(pointed[:, 0] > -torch.inf, targets, (targets + 5) % TOKENS)
    found, again = (layer.loss(states, some, pointed=pointed) for some in (targets, others))
    assert found.item() == pytest.approx(again.item(), rel=1e-12)
    slopes, same = (torch.autograd.grad(loss, of) for loss in (found, again))
    for one, other in zip(slopes, same, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
    assert not slopes[0][::3].any()


def test_gradient_by_finite_differences(finite_differences):
    layer, table, states, targets = built(tied=False)
    similar = SimilarWords(table, CONFIG.temperature, CONFIG.weight, "torch")
    words = layer.full.words
    given = [states[:9].detach().clone().requires_grad_(), words.weight, words.bias]

    def loss():
        return chunked.cross_entropy(given[0], words, targets[:9], beside=similar)

    for one, other in zip(torch.autograd.grad(loss(), given), finite_differences(loss, given), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


def test_a_position_by_hand():
    """Two words like each other and one unlike both, scores all 0: what is to be reached is a plain softmax."""
    layer, table, _, _ = built(tied=False)
    with torch.no_grad():
        table.weight.zero_()
        table.weight[1, 0] = table.weight[2, 0] = 2.0
        for parameter in layer.full.words.parameters():
            parameter.zero_()
    states, heat = torch.zeros(1, IN_DIM).double(), CONFIG.temperature
    alike = math.exp(4.0 / heat)
    total = 2 * alike + TOKENS - 2
    divergence = 2 * alike / total * math.log(alike / total * TOKENS) + (TOKENS - 2) / total * math.log(TOKENS / total)
    found = layer.train().loss(states, torch.tensor([1])).item()
    assert found == pytest.approx(math.log(TOKENS) + CONFIG.weight * heat * divergence, rel=1e-9)


def test_only_training_is_augmented():
    layer, _, states, targets = built(tied=True)
    plain = layer.full.loss(states, targets)
    assert layer.eval().loss(states, targets) == plain
    assert layer.train().loss(states, targets) > plain
    off, _, states, targets = built(tied=True, config=AugmentedSoftmaxConfig(weight=0.0))
    torch.testing.assert_close(off.train().loss(states, targets), off.full.loss(states, targets))


def test_the_table_is_the_models_alone():
    """It stands once among the parameters, follows a copy of the model, and what is saved is what `full` saves."""
    layer, table, _, _ = built(tied=False)
    assert not any(parameter is table.weight for parameter in layer.parameters())
    both = nn.ModuleDict({"table": table, "layer": layer})
    copied = copy.deepcopy(both)
    assert copied["layer"]._read[0] is copied["table"]
    wanted = FullSoftmaxConfig().build(IN_DIM, table, tied=False).state_dict()
    assert {name.removeprefix("full.") for name in layer.state_dict()} == set(wanted)
