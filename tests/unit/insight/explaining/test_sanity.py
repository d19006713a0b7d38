"""The sanity check: copies keep their numbers, ranks are scipy's, and the flag is raised for what never learned."""

from __future__ import annotations

import copy
from itertools import islice

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from seqweave.insight.explaining.explain import explain
from seqweave.insight.explaining.sanity import COPIES, SEED, Sanity, rank_correlation, sanity, shuffled
from seqweave.training.weights import weights


def test_a_copy_has_the_same_numbers_in_another_order(learned):
    network = learned["en"].network
    before = copy.deepcopy(weights(network))
    (first, second), again = islice(shuffled(network), 2), next(shuffled(network))
    for name, tensor in weights(first).items():
        if tensor.numel() > 4:
            assert not torch.equal(tensor, before[name])
        assert torch.equal(tensor.flatten().sort().values, before[name].flatten().sort().values)
        assert torch.equal(tensor, weights(again)[name])
    assert any(not torch.equal(weights(first)[name], weights(second)[name]) for name in before)
    assert all(torch.equal(weights(network)[name], before[name]) for name in before), (
        "the model itself is only observed"
    )


@pytest.mark.parametrize("ties", [False, True])
def test_ranks_are_those_of_scipy(ties):
    generator = np.random.default_rng(0)
    one, other = generator.normal(size=(2, 30)).round(0 if ties else 9)
    assert rank_correlation(one, other) == pytest.approx(spearmanr(abs(one), abs(other)).statistic)
    assert rank_correlation(one, one) == 1
    assert rank_correlation([1, 1], [1, 2]) == 0


def test_one_copy_that_reaches_it_raises_the_flag():
    assert Sanity(2.0, (1.0, 2.0)).meaningless
    assert not Sanity(2.0, (1.0, 1.9)).meaningless


@pytest.mark.parametrize("shape", [(30, 8), (8, 30)])
def test_the_order_is_that_of_the_largest_singular_value(shape):
    """One strong direction in one of two matrices is found, and its score is the one that torch's own norm gives."""
    torch.manual_seed(3)
    plain, ordered = torch.randn(shape), torch.randn(shape) + torch.randn(shape[0], 1) * torch.randn(1, shape[1])
    found = sanity(Toy(plain, ordered))
    assert not found.meaningless
    generator = torch.Generator().manual_seed(SEED)
    for _ in range(COPIES):
        torch.randperm(plain.numel(), generator=generator)
    every = [ordered.double()]
    for _ in range(COPIES):
        order = torch.randperm(ordered.numel(), generator=generator)
        every.append(ordered.flatten()[order].view(shape).double())
    logs = torch.stack([torch.linalg.matrix_norm(one, 2).log() for one in every])
    assert found.order == pytest.approx(float((logs[0] - logs.mean()) / logs.std()))


class Toy(nn.Module):
    """Weights without a network."""

    def __init__(self, *matrices):
        super().__init__()
        self.matrices = nn.ParameterList(matrices)


def test_weights_that_are_all_alike_are_flagged():
    assert sanity(Toy(torch.zeros(5, 5), torch.ones(4))).meaningless


def test_weights_that_were_not_learned_do_not_count():
    torch.manual_seed(0)
    model = Toy(torch.randn(9, 1) @ torch.randn(1, 9), torch.randn(9, 9))
    assert not sanity(model).meaningless
    model.matrices[0].requires_grad_(False)
    assert sanity(model).meaningless


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_learned_is_not_flagged(learned, language):
    assert not sanity(learned[language].network).meaningless


def test_what_a_linear_model_learned_is_not_flagged(linear):
    assert not sanity(linear.network).meaningless
    untrained = linear.config.build(linear.codec.sizes)
    assert sanity(untrained).meaningless


def test_what_was_never_trained_is_flagged_but_for_chance(learned):
    """A network without anything learned escapes once in 100 times: of 20, three or more would be 0.1 % likely."""
    model, escaped = learned["en"], 0
    for seed in range(20):
        torch.manual_seed(seed)
        escaped += not sanity(model.config.build(model.codec.sizes)).meaningless
    assert escaped < 3


def test_a_randomised_model_is_flagged_by_explain(learned):
    """The weights of the trained model in random order, as large as they were; the trained one passes."""
    model = learned["en"]
    flags = [
        explain(randomised, model.codec, model.specimens[0].example).sanity.meaningless
        for randomised in islice(shuffled(model.network, seed=7), 4)
    ]
    assert sum(flags) >= 3
    assert not explain(model.network, model.codec, model.specimens[0].example).sanity.meaningless
