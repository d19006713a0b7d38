"""Sums over all sequences of labels of a linear chain: its partition function and its marginals, exactly.

    ahead(t, j) = unary(t, j) + log sum_i exp(ahead(t - 1, i) + between(i, j))
    back(t, i)  = log sum_j exp(between(i, j) + unary(t + 1, j) + back(t + 1, j))
    P(label i at t) is proportional to exp(ahead(t, i) + back(t, i))

Paper: Lafferty et al., 2001, Conditional Random Fields; forward-backward as in Rabiner, 1989, doi:10.1109/5.18626.

Each step is kept relative to its greatest entry, so sums of any length and size stay within float32. The sum over
labels is a matrix product of exponentials, far cheaper than a log-sum-exp over every pair, as long as no transition
exceeds `EXPONENT_LIMIT`; beyond it the log-sum-exp is used, which is also the reference of the tests.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from seqweave.decoding.transitions import Transitions

EXPONENT_LIMIT = 30.0
"""float32 drops terms below exp(-87) of the greatest; after two transitions of 30 they are still below exp(-27)."""


def path_score(unary: Tensor, mask: Tensor, transitions: Transitions, path: Tensor) -> Tensor:
    """Total score of a given sequence of labels.

    Args:
        unary: score of each label at each position. Shape (batch, time, labels), float.
        mask: True where a position is real, real positions first. Shape (batch, time), bool.
        transitions: scores of neighbours.
        path: labels; what stands at padding is ignored. Shape (batch, time), long.

    Returns:
        Shape (batch,).
    """
    path = path.masked_fill(~mask, 0)
    here = unary.gather(2, path.unsqueeze(2)).squeeze(2)  # (batch, time)
    steps = transitions.between[path[:, :-1], path[:, 1:]]  # (batch, time - 1)
    last = path.gather(1, mask.sum(dim=1, keepdim=True) - 1).squeeze(1)
    inside = here.masked_fill(~mask, 0).sum(1) + steps.masked_fill(~mask[:, 1:], 0).sum(1)
    return inside + transitions.starts[path[:, 0]] + transitions.ends[last]


def log_partition(unary: Tensor, mask: Tensor, transitions: Transitions) -> Tensor:
    """Logarithm of the summed exponentials of all sequences' scores; its gradient is the marginals.

    Args:
        unary: score of each label at each position. Shape (batch, time, labels), float.
        mask: True where a position is real, real positions first. Shape (batch, time), bool; each row has at least
            one True.
        transitions: scores of neighbours; their dtype is computed in.

    Returns:
        Shape (batch,); differentiable once.
    """
    unary = _real(unary, mask, transitions)
    between, starts, ends = transitions.between, transitions.starts, transitions.ends
    result: Tensor = _LogPartition.apply(unary, mask, between, starts, ends)  # type: ignore[no-untyped-call]  # torch's own
    return result


def marginals(unary: Tensor, mask: Tensor, transitions: Transitions) -> Tensor:
    """Probability of each label at each position, summed over all sequences.

    Args:
        unary: score of each label at each position. Shape (batch, time, labels), float.
        mask: True where a position is real, real positions first. Shape (batch, time), bool; each row has at least
            one True.
        transitions: scores of neighbours; their dtype is computed in.

    Returns:
        Sums to 1 at real positions, 0 at padding. Shape (batch, time, labels).
    """
    unary = _real(unary, mask, transitions)
    with torch.autocast(unary.device.type, enabled=False):
        product = _product(transitions.between)
        ahead, _ = _ahead(unary, transitions.starts, product)
        back, _ = _back(unary, mask, transitions.ends, product)
    return (ahead + back).softmax(dim=2) * mask.unsqueeze(2)


def _real(unary: Tensor, mask: Tensor, transitions: Transitions) -> Tensor:
    """Scores in the transitions' dtype, 0 at padding, where nothing is known to be finite."""
    return unary.to(transitions.between.dtype).masked_fill(~mask.unsqueeze(2), 0)


class _Product(Protocol):
    """Log of sums over one label of exp(scores + transitions), for scores whose greatest entry is 0."""

    def ahead(self, scores: Tensor) -> Tensor:
        """Sum over the label before. Shape (..., labels)."""

    def back(self, scores: Tensor) -> Tensor:
        """Sum over the label after. Shape (..., labels)."""

    def pairs(self, before: Tensor, after: Tensor, weights: Tensor) -> Tensor:
        """Probability of each pair of neighbours, weighted and summed over batch and time.

        Shapes (batch, time, labels), (batch, time, labels), (batch, time) -> (labels, labels).
        """


class _ExponentialProduct:
    """The fast path: exponentials in one matrix product."""

    def __init__(self, between: Tensor) -> None:
        self.factors = between.exp()

    def ahead(self, scores: Tensor) -> Tensor:
        return (scores.exp() @ self.factors).log()

    def back(self, scores: Tensor) -> Tensor:
        return (scores.exp() @ self.factors.T).log()

    def pairs(self, before: Tensor, after: Tensor, weights: Tensor) -> Tensor:
        before, after = before.exp(), after.exp()
        totals = ((before @ self.factors) * after).sum(dim=2)  # (batch, time)
        shares = before * (weights / totals).unsqueeze(2)
        return self.factors * (shares.flatten(0, 1).T @ after.flatten(0, 1))


class _LogarithmicProduct:
    """The slow path, right for transitions of any size."""

    def __init__(self, between: Tensor) -> None:
        self.between = between

    def ahead(self, scores: Tensor) -> Tensor:
        return torch.logsumexp(scores.unsqueeze(-1) + self.between, dim=-2)

    def back(self, scores: Tensor) -> Tensor:
        return torch.logsumexp(scores.unsqueeze(-2) + self.between, dim=-1)

    def pairs(self, before: Tensor, after: Tensor, weights: Tensor) -> Tensor:
        scores = before.unsqueeze(3) + self.between + after.unsqueeze(2)  # (batch, time, labels, labels)
        shares = scores.flatten(2).softmax(dim=2) * weights.unsqueeze(2)
        return shares.sum(dim=(0, 1)).view_as(self.between)


def _product(between: Tensor) -> _Product:
    narrow = bool(between.abs().amax() <= EXPONENT_LIMIT)
    return _ExponentialProduct(between) if narrow else _LogarithmicProduct(between)


def _ahead(unary: Tensor, starts: Tensor, product: _Product) -> tuple[Tensor, Tensor]:
    """Log sums over what came before, relative to their greatest, and that. (batch, time, labels), (batch, time)."""
    states, tops, prior = [], [], starts
    for here in unary.unbind(1):
        scores = prior + here
        top = scores.amax(dim=1, keepdim=True)
        states.append(scores - top)
        tops.append(top)
        prior = product.ahead(states[-1])
    return torch.stack(states, dim=1), torch.cat(tops, dim=1)


def _back(unary: Tensor, mask: Tensor, ends: Tensor, product: _Product) -> tuple[Tensor, Tensor]:
    """Log sums over what comes after each position, and the same with its own score, relative to the greatest.

    Shapes (batch, time, labels) and (batch, time - 1, labels): the second belongs to positions 1 and later.
    """
    later = ends.expand(len(unary), -1)
    states, arrivals = [later], []
    real = mask.unsqueeze(2)
    for time in range(unary.shape[1] - 1, 0, -1):
        scores = later + unary[:, time]
        arrivals.append(scores - scores.amax(dim=1, keepdim=True))
        later = torch.where(real[:, time], product.back(arrivals[-1]), ends)
        states.append(later)
    return torch.stack(states[::-1], dim=1), torch.stack(arrivals[::-1], dim=1) if arrivals else unary[:, 1:]


class _LogPartition(torch.autograd.Function):
    """The forward sums, with the marginals as their gradient: no graph of single steps is ever recorded."""

    @staticmethod
    def forward(ctx: FunctionCtx, unary: Tensor, mask: Tensor, between: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
        with torch.autocast(unary.device.type, enabled=False):
            ahead, tops = _ahead(unary, starts, _product(between))
        ctx.save_for_backward(unary, mask, between, ends, ahead)
        last = ahead[torch.arange(len(mask), device=mask.device), mask.sum(dim=1) - 1]  # (batch, labels)
        return (tops * mask).sum(dim=1) + torch.logsumexp(last + ends, dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, ...]:
        unary, mask, between, ends, ahead = ctx.saved_tensors  # type: ignore[attr-defined]  # set by save_for_backward
        product = _product(between)
        back, arrivals = _back(unary, mask, ends, product)
        shares = (ahead + back).softmax(dim=2) * (grad.unsqueeze(1) * mask).unsqueeze(2)
        pairs = product.pairs(ahead[:, :-1], arrivals, grad.unsqueeze(1) * mask[:, 1:])
        last = shares[torch.arange(len(mask), device=mask.device), mask.sum(dim=1) - 1]
        return shares, None, pairs, shares[:, 0].sum(dim=0), last.sum(dim=0)
