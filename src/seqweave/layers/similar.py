"""A loss that rewards words like the target, too: the divergence from what the vectors of words say is alike.

For a target t, the table E of the vectors by which words are read, scores o of a position and a temperature T:

    y = softmax(E e_t / T),     loss = weight * T * KL(y || softmax(o / T))

and its gradient with respect to the scores is weight * (softmax(o / T) - y). What is to be reached, y, is held fixed:
no gradient flows into E through it, else all vectors would grow alike. A word that stands often in a chunk is compared
with the others once.

Paper: Inan et al., 2017, arXiv:1611.01462, section 3 (its gamma is `weight`, its tau is T, alpha = gamma * tau); one
temperature for both sides as in Hinton et al., 2015, arXiv:1503.02531.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seqweave.layers.linear import Product, multiply, wide


@dataclass(frozen=True, slots=True)
class SimilarWords:
    """The loss of a chunk's scores, and its gradient.

    Args:
        table: the vectors by which words are read.
        temperature: above 0; the higher, the more words count as alike.
        weight: of the loss beside the cross entropy, over the temperature.
        product: how the vectors are multiplied.
    """

    table: nn.Embedding
    temperature: float
    weight: float
    product: Product

    def __call__(self, scores: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Summed loss and gradient.

        Args:
            scores: Shape (positions, vocabulary).
            targets: Shape (positions,), long.

        Returns:
            A scalar, and shape (positions, vocabulary).
        """
        vectors = self.table.weight.detach()
        distinct, places = torch.unique(targets, return_inverse=True)
        likeness = wide(multiply(vectors[distinct], vectors, None, self.product)).div_(self.temperature)
        alike, normaliser = _softmax(likeness)
        negentropy = _products(alike, likeness) - normaliser
        wanted, cooled = alike[places], scores / self.temperature
        found, normaliser = _softmax(cooled)
        divergence = negentropy[places] - _products(wanted, cooled) + normaliser
        gradient = found.sub_(wanted).mul_(self.weight)
        return self.weight * self.temperature * divergence.sum(), gradient


def _softmax(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities, and the logarithm of what they were divided by. Shapes (rows, vocabulary), (rows,)."""
    probabilities = scores.softmax(dim=1)
    # told by the highest score, whose probability never underflows: that saves another pass of exponentials
    return probabilities, scores.amax(dim=1) - probabilities.amax(dim=1).log()


def _products(one: Tensor, other: Tensor) -> Tensor:
    """Inner products of rows, which are never written out. Shape (rows, vocabulary) twice -> (rows,)."""
    return torch.einsum("rv,rv->r", one, other)
