"""Sums over all sequences of labels of a linear chain: its partition function and its marginals, exactly.

    ahead(t, j) = unary(t, j) + log sum_i exp(ahead(t - 1, i) + between(i, j)),  from the left
    back(t, i)  = unary(t, i) + log sum_j exp(between(i, j) + back(t + 1, j)),   from the right
    P(label i at t) is proportional to exp(ahead(t, i) + back(t, i) - unary(t, i))

Paper: Lafferty et al., 2001, Conditional Random Fields; forward-backward as in Rabiner, 1989, doi:10.1109/5.18626.

Each step is normalised, so sums of any length and size stay within float32. The sum over labels is a matrix product of
exponentials, far cheaper than a log-sum-exp over every pair, as long as no transition exceeds `EXPONENT_LIMIT`; beyond
it the log-sum-exp is used, which is also the reference of the tests. Both directions run in one loop, because a step of
two costs hardly more than a step of one.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    between, starts, ends = transitions.between, transitions.starts, transitions.ends
    unary = unary.to(between.dtype)
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
    unary = unary.to(transitions.between.dtype)
    return _sweep(unary, mask, transitions, _product(transitions.between)).marginals(mask)


def log_marginals(unary: Tensor, mask: Tensor, transitions: Transitions) -> Tensor:
    """Logarithm of `marginals`, right also where they are too small for their format; differentiable.

    Args:
        unary: score of each label at each position. Shape (batch, time, labels), float.
        mask: True where a position is real, real positions first. Shape (batch, time), bool; each row has at least
            one True.
        transitions: scores of neighbours; their dtype is computed in.

    Returns:
        Anything at padding. Shape (batch, time, labels).
    """
    unary = unary.to(transitions.between.dtype)
    return _sweep(unary, mask, transitions, _product(transitions.between)).log_marginals


class _Product(Protocol):
    """Sums over a neighbouring label, for log-probabilities of labels."""

    def move(self, states: Tensor) -> Tensor:
        """Log of the sum over the neighbour of exp(states + transitions), from the left and from the right.

        Shape (2, batch, labels) -> (2, batch, labels).
        """

    def pairs(self, before: Tensor, after: Tensor, weights: Tensor) -> Tensor:
        """Probability of each pair of neighbours, weighted and summed over batch and time.

        Shapes (batch, time, labels), (batch, time, labels), (batch, time) -> (labels, labels).
        """


class _ExponentialProduct:
    """The fast path: exponentials in one matrix product."""

    def __init__(self, between: Tensor) -> None:
        self.factors = between.exp()
        self.directions = torch.stack([self.factors, self.factors.T])  # (2, labels, labels)

    def move(self, states: Tensor) -> Tensor:
        return torch.bmm(states.exp(), self.directions).log()

    def pairs(self, before: Tensor, after: Tensor, weights: Tensor) -> Tensor:
        before, after = before.exp(), after.exp()
        totals = ((before @ self.factors) * after).sum(dim=2)  # (batch, time)
        shares = before * (weights / totals).unsqueeze(2)
        return self.factors * (shares.flatten(0, 1).T @ after.flatten(0, 1))


class _LogarithmicProduct:
    """The slow path, right for transitions of any size."""

    def __init__(self, between: Tensor) -> None:
        self.between = between
        self.directions = torch.stack([between, between.T]).unsqueeze(1)  # (2, 1, labels, labels)

    def move(self, states: Tensor) -> Tensor:
        return torch.logsumexp(states.unsqueeze(3) + self.directions, dim=2)

    def pairs(self, before: Tensor, after: Tensor, weights: Tensor) -> Tensor:
        scores = before.unsqueeze(3) + self.between + after.unsqueeze(2)  # (batch, time, labels, labels)
        shares = scores.flatten(2).softmax(dim=2) * weights.unsqueeze(2)
        return shares.sum(dim=(0, 1)).view_as(self.between)


def _product(between: Tensor) -> _Product:
    narrow = bool(between.abs().amax() <= EXPONENT_LIMIT)
    return _ExponentialProduct(between) if narrow else _LogarithmicProduct(between)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What a sweep found.

    Args:
        ahead: log-probability of each label given what came before and the position. Shape (batch, time, labels).
        back: the same given what comes after. Shape (batch, time, labels).
        later: log-sum over what comes after alone. Shape (batch, time, labels).
        log_partition: Shape (batch,).
    """

    ahead: Tensor
    back: Tensor
    later: Tensor
    log_partition: Tensor

    @property
    def log_marginals(self) -> Tensor:
        """Logarithm of the probability of each label. Shape (batch, time, labels)."""
        return (self.ahead + self.later).log_softmax(dim=2)

    def marginals(self, mask: Tensor) -> Tensor:
        """Probability of each label, 0 at padding. Shape (batch, time, labels)."""
        return (self.ahead + self.later).softmax(dim=2) * mask.unsqueeze(2)


def _sweep(unary: Tensor, mask: Tensor, transitions: Transitions, product: _Product) -> _Sums:
    """Sums from both ends at once: in each tensor of two, the second reads the time axis backwards."""
    unary = unary.masked_fill(~mask.unsqueeze(2), 0)  # nothing else promises that padding is finite
    both = torch.stack([unary, unary.flip(1)])  # (2, batch, time, labels)
    borders = torch.stack([transitions.starts, transitions.ends]).unsqueeze(1)  # (2, 1, labels)
    follows = mask[:, 1:].flip(1)  # backwards, padding and the last real position have nothing before them
    inside = torch.stack([torch.ones_like(follows), follows]).unsqueeze(3)  # (2, batch, time - 1, 1)
    prior = borders.expand(-1, len(unary), -1)
    priors = [prior]
    with torch.autocast(unary.device.type, enabled=False):
        for here, real in zip(both.unbind(2), inside.unbind(2), strict=False):
            state = torch.log_softmax(prior + here, dim=2)
            prior = torch.where(real, product.move(state), borders)
            priors.append(prior)
    gathered = torch.stack(priors, dim=2)  # (2, batch, time, labels)
    scores = gathered + both
    states = scores.log_softmax(dim=3)
    totals = (scores.amax(dim=3) - states.amax(dim=3))[0]  # what the softmax took away
    ahead, back = states.unbind(0)
    last = _last(ahead, mask) + transitions.ends
    log_partition = (totals * mask).sum(dim=1) + torch.logsumexp(last, dim=1)
    return _Sums(ahead, back.flip(1), gathered[1].flip(1), log_partition)


def _last(states: Tensor, mask: Tensor) -> Tensor:
    """What stands at the last real position of each row. Shape (batch, time, labels) -> (batch, labels)."""
    return states[torch.arange(len(mask), device=mask.device), mask.sum(dim=1) - 1]


class _LogPartition(torch.autograd.Function):
    """The log-partition with the marginals as its gradient: no graph of single steps is ever recorded."""

    @staticmethod
    def forward(ctx: FunctionCtx, unary: Tensor, mask: Tensor, between: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
        sums = _sweep(unary, mask, Transitions(between, starts, ends), _product(between))
        ctx.save_for_backward(mask, between, sums.ahead, sums.back, sums.marginals(mask))
        return sums.log_partition

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, ...]:
        mask, between, ahead, back, shares = ctx.saved_tensors  # type: ignore[attr-defined]  # set by save_for_backward
        weights = grad.unsqueeze(1) * mask  # (batch, time)
        shares = shares * weights.unsqueeze(2)
        pairs = _product(between).pairs(ahead[:, :-1], back[:, 1:], weights[:, 1:])
        return shares, None, pairs, shares[:, 0].sum(dim=0), _last(shares, mask).sum(dim=0)
