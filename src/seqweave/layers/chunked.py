"""Cross entropy over a vocabulary, chunk by chunk of positions: the scores of all tokens at all positions never exist.

For the state s of a position, scores o = W s + b, a target t, and a share e of label smoothing over V tokens:

    loss = -(1 - e) log(u p_t + c) - e/V sum_v log p_v,     p = softmax(o)

u and c are what a pointer leaves to the vocabulary and what it gives to the target by itself; without one u = 1, c = 0.
With r = u p_t / (u p_t + c), the gradient with respect to the scores is

    ((1 - e) r + e) p - (1 - e) r onehot(t) - e/V

and is known as soon as a chunk's scores are. So it is multiplied out at once, and the next chunk's scores are written
over it: memory for a chunk in place of memory for a batch, and nothing is computed twice. A chunk's products read every
weight and write every weight's gradient, so that a chunk of few positions is slow where the vocabulary is large:
beyond 65,000 tokens it has `LEAST` positions whatever memory they take. Blocks of tokens inside of a chunk were
slower (docs/decisions/0010).

Paper: Szegedy et al., 2016, arXiv:1512.00567, section 7 (label smoothing).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seqweave.layers.linear import Linear, Product, for_weights, multiply, wide

CHUNK_BYTES = 32 << 20
"""Scores of a chunk: small beside the weights' gradient, large enough for fast products."""
LEAST = 128
"""Positions of a chunk at least, where so many are left."""

Beside = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""A chunk's scores (positions, vocabulary), left as they are, and targets (positions,) to a summed loss and its slope,
the gradient with respect to the scores."""


def cross_entropy(
    states: Tensor,
    words: Linear,
    targets: Tensor,
    smoothing: float = 0.0,
    pointed: Tensor | None = None,
    beside: Beside | None = None,
) -> Tensor:
    """Summed cross entropy of the targets, and what else their scores are to learn from.

    Args:
        states: one vector a position. Shape (positions, dim).
        words: their scores: one row of weights for each token of the vocabulary.
        targets: gold tokens, any id of the vocabulary where a pointer leaves nothing to it. Shape (positions,), long.
        smoothing: share of the target's probability that is spread over the vocabulary, from 0 to below 1.
        pointed: logarithms of u and c of each position; not both -inf. Shape (positions, 2).
        beside: another summed loss of the scores, where a pointer leaves something to the vocabulary.

    Returns:
        Scalar, in at least float32; differentiable once, and learned from once (its gradient is handed over, not
        copied), with respect to states, weights, bias and `pointed`.
    """
    how = _How(targets, smoothing, beside, words.product, torch.is_grad_enabled())
    total: Tensor = _CrossEntropy.apply(states, words.weight, words.bias, pointed, how)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    return total


@dataclass(frozen=True, slots=True)
class _How:
    targets: Tensor
    smoothing: float
    beside: Beside | None
    product: Product
    learning: bool


class _CrossEntropy(torch.autograd.Function):
    """The loss, and in the same pass its gradients."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor, pointed: Tensor | None, how: _How) -> Tensor:  # noqa: ANN401  # what torch hands over has no type
        """Shapes (positions, dim), (vocabulary, dim), (vocabulary,), (positions, 2) -> scalar."""
        total = wide(states.new_zeros(()))
        for_states, for_weight, for_bias = torch.empty_like(states), torch.zeros_like(weight), torch.zeros_like(bias)
        for_pointed = None if pointed is None else torch.empty_like(pointed)
        positions = min(max(LEAST, CHUNK_BYTES // (len(weight) * total.element_size())), len(states))
        room = states.new_empty(positions if how.product == "torch" else 0, len(weight))
        for start in range(0, len(states), max(positions, 1)):
            part = slice(start, start + positions)
            chunk = states[part]
            scores = wide(_scores(chunk, weight, bias, how.product, room))
            told = _told(None if pointed is None else pointed[part])
            more, slope = how.beside(scores[told], how.targets[part][told]) if how.beside else (0.0, None)
            loss, share = _loss(scores, how.targets[part], None if pointed is None else pointed[part], how.smoothing)
            if slope is not None:
                scores[told] += slope
            total += loss + more
            if how.learning:
                gradient = scores.to(states.dtype)  # `_loss` left it in the place of the scores
                for_states[part] = multiply(gradient, weight.t(), None, how.product)
                _add_product(for_weight, gradient, chunk, how.product)
                for_bias += gradient.sum(dim=0)
                if for_pointed is not None:
                    for_pointed[part] = torch.stack([-share, share - 1], dim=1) * (1 - how.smoothing)
                del gradient
            del scores  # before the next chunk's are made
        ctx.known = for_states, for_weight, for_bias, for_pointed
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401  # what torch hands over has no type
        """Gradients of forward's arguments. Shape () -> those of the arguments."""
        known, ctx.known = ctx.known, None
        assert known is not None, "a loss is learned from once: its gradient was handed over"
        return (*(None if one is None else one.mul_(gradient) for one in known), None)


def _loss(scores: Tensor, targets: Tensor, pointed: Tensor | None, smoothing: float) -> tuple[Tensor, Tensor]:
    """The summed loss of a chunk, and how much of each target's probability is the vocabulary's.

    Args:
        scores: overwritten with the loss's gradient. Shape (positions, vocabulary).
        targets: Shape (positions,), long.
        pointed: Shape (positions, 2).
        smoothing: from 0 to below 1.

    Returns:
        A scalar, and shape (positions,).
    """
    column = targets.unsqueeze(1)
    target, mean = scores.gather(1, column).squeeze(1), scores.mean(dim=1) if smoothing else 0.0
    highest = scores.amax(dim=1, keepdim=True)
    sums = scores.sub_(highest).exp_().sum(dim=1, keepdim=True)
    normaliser = (highest + sums.log()).squeeze(1)
    log_probability, share = target - normaliser, torch.ones_like(target)
    if pointed is not None:
        generated = pointed[:, 0] + log_probability
        log_probability = torch.logaddexp(generated, pointed[:, 1])
        share = torch.exp(generated - log_probability)
    kept = ((1 - smoothing) * share).unsqueeze(1)
    scores.mul_((kept + smoothing) / sums).scatter_add_(1, column, -kept)
    if smoothing:
        scores.sub_(smoothing / scores.shape[1])
    return ((smoothing - 1) * log_probability + smoothing * (normaliser - mean)).sum(), share


def _told(pointed: Tensor | None) -> Tensor | slice:
    """The positions of a chunk whose target is the vocabulary's to tell. Shape (positions, 2) -> (some,), bool."""
    return slice(None) if pointed is None else pointed[:, 0] > -torch.inf


def _scores(chunk: Tensor, weight: Tensor, bias: Tensor, product: Product, room: Tensor) -> Tensor:
    """Scores, in the room of the last chunk's where the library can write there: fresh memory is slow to come by.

    Shapes (positions, dim), (vocabulary, dim), (vocabulary,), (at least positions, vocabulary) -> (positions,
    vocabulary).
    """
    if product == "torch":
        return torch.addmm(bias, chunk, weight.t(), out=room[: len(chunk)])
    return multiply(chunk, weight, bias, product)


def _add_product(into: Tensor, gradient: Tensor, inputs: Tensor, product: Product) -> None:
    """Add the weights' gradient. Shapes (vocabulary, dim), (positions, vocabulary), (positions, dim)."""
    if product == "torch":
        into.addmm_(gradient.t(), inputs)
        return
    # other libraries make a new matrix of each product: for some words at a time, it stays small beside the gradient
    words = max(1, CHUNK_BYTES // (into.shape[1] * into.element_size()))
    for block, part in zip(torch.split(into, words), torch.split(gradient, words, dim=1), strict=True):
        block += for_weights(part, inputs, product)
