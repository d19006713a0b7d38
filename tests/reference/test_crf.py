"""Chains against full enumeration of every sequence, slow loops and finite differences."""

from itertools import pairwise, product

import pytest
import torch

from seqweave.decoding import chain
from seqweave.decoding.chain import log_partition, marginals, path_score
from seqweave.decoding.transitions import Transitions
from seqweave.decoding.viterbi import best_path

LENGTHS = (4, 1, 2, 3)
LABELS = 3
TIME = 5  # one column more than the longest row: padding that no row needs


def a_chain(seed=0, scale=1.0, labels=LABELS, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).mul(scale).to(dtype)

    mask = torch.arange(TIME) < torch.tensor(LENGTHS).unsqueeze(1)
    return draw(len(LENGTHS), TIME, labels), mask, Transitions(draw(labels, labels), draw(labels), draw(labels))


def enumerated(unary, transitions, length):
    """Every sequence of `length` labels with its score, added up one number at a time."""
    scores = {}
    for path in product(range(unary.shape[1]), repeat=length):
        score = transitions.starts[path[0]].item() + transitions.ends[path[-1]].item()
        score += sum(unary[time, label].item() for time, label in enumerate(path))
        score += sum(transitions.between[a, b].item() for a, b in pairwise(path))
        scores[path] = score
    return scores


def each_row(unary, mask, transitions):
    return [enumerated(row, transitions, int(real.sum())) for row, real in zip(unary, mask, strict=True)]


@pytest.mark.parametrize("scale", [1.0, 12.0, 1e4])  # ordinary; beyond the exponential path; enormous
@pytest.mark.parametrize("seed", range(3))
def test_best_path_is_the_best_of_all(seed, scale):
    unary, mask, transitions = a_chain(seed, scale)
    path = best_path(unary, mask, transitions)
    for row, scores in enumerate(each_row(unary, mask, transitions)):
        best = max(scores, key=scores.__getitem__)
        assert path[row].tolist() == [*best] + [-100] * (TIME - len(best))


@pytest.mark.parametrize("scale", [1.0, 12.0, 1e4])
@pytest.mark.parametrize("seed", range(3))
def test_log_partition_sums_over_all(seed, scale):
    unary, mask, transitions = a_chain(seed, scale)
    expected = [
        torch.tensor(list(scores.values()), dtype=torch.float64).logsumexp(0)
        for scores in each_row(unary, mask, transitions)
    ]
    torch.testing.assert_close(log_partition(unary, mask, transitions), torch.stack(expected))


def test_path_score_adds_up():
    unary, mask, transitions = a_chain()
    generator = torch.Generator().manual_seed(1)
    path = torch.randint(LABELS, mask.shape, generator=generator).masked_fill(~mask, -100)
    rows = each_row(unary, mask, transitions)
    expected = [scores[tuple(path[row, : len(next(iter(scores)))].tolist())] for row, scores in enumerate(rows)]
    torch.testing.assert_close(path_score(unary, mask, transitions, path), torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("scale", [1.0, 12.0])
def test_marginals_are_those_of_all_sequences(scale):
    unary, mask, transitions = a_chain(scale=scale)
    expected = torch.zeros_like(unary)
    for row, scores in enumerate(each_row(unary, mask, transitions)):
        shares = torch.tensor(list(scores.values()), dtype=torch.float64).softmax(0)
        for path, share in zip(scores, shares, strict=True):
            for time, label in enumerate(path):
                expected[row, time, label] += share
    torch.testing.assert_close(marginals(unary, mask, transitions), expected)


@pytest.mark.parametrize("scale", [1.0, 12.0])
def test_gradients_agree_with_finite_differences(scale):
    unary, mask, transitions = a_chain(scale=scale)
    inputs = [part.requires_grad_() for part in (unary, transitions.between, transitions.starts, transitions.ends)]

    def total(unary, between, starts, ends):
        return log_partition(unary, mask, Transitions(between, starts, ends))

    assert torch.autograd.gradcheck(total, inputs)


def slow_log_partition(unary, mask, transitions):
    """The textbook loop over log-sum-exps, left to autograd."""
    scores = transitions.starts + unary[:, 0]
    for time in range(1, unary.shape[1]):
        moved = torch.logsumexp(scores.unsqueeze(2) + transitions.between, dim=1) + unary[:, time]
        scores = torch.where(mask[:, time : time + 1], moved, scores)
    return torch.logsumexp(scores + transitions.ends, dim=1)


@pytest.mark.parametrize("scale", [1.0, 5.0, 12.0])
def test_float32_agrees_with_the_textbook_loop_in_float64(scale):
    exact = a_chain(seed=4, scale=scale, labels=7)
    single = a_chain(seed=4, scale=scale, labels=7, dtype=torch.float32)
    grads = []
    for function, (unary, mask, transitions) in ((slow_log_partition, exact), (log_partition, single)):
        leaves = [part.requires_grad_() for part in (unary, transitions.between, transitions.starts, transitions.ends)]
        value = function(unary, mask, transitions)
        grads.append([value.double(), *(g.double() for g in torch.autograd.grad(value.sum(), leaves))])
    for found, expected in zip(grads[1], grads[0], strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_fast_and_slow_products_agree_up_to_the_limit(dtype):
    generator = torch.Generator().manual_seed(0)
    between = torch.empty(6, 6, dtype=dtype).uniform_(-chain.EXPONENT_LIMIT, chain.EXPONENT_LIMIT, generator=generator)
    states = torch.randn(2, 4, 6, dtype=dtype, generator=generator).mul(200).log_softmax(2)
    weights = torch.rand(2, 4, dtype=dtype, generator=generator)
    fast, slow = chain._ExponentialProduct(between), chain._LogarithmicProduct(between)
    for found, expected in (
        (fast.move(states), slow.move(states)),
        (fast.pairs(states, states.flip(1), weights), slow.pairs(states, states.flip(1), weights)),
    ):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_constraints_give_the_best_allowed_path():
    unary, mask, transitions = a_chain(seed=3)
    allowed = torch.tensor([[True, True, False], [False, True, True], [True, False, True]])
    starts, ends = torch.tensor([True, False, True]), torch.tensor([True, True, False])
    path = best_path(unary, mask, transitions + Transitions.forbidding(allowed, starts, ends))
    for row, scores in enumerate(each_row(unary, mask, transitions)):
        lawful = [p for p in scores if starts[p[0]] and ends[p[-1]] and all(allowed[a, b] for a, b in pairwise(p))]
        best = max(lawful, key=scores.__getitem__)
        assert path[row, : len(best)].tolist() == [*best]
