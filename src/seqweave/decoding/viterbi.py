"""The best sequence of labels under scores of positions and of neighbours, found exactly.

    best(0, j) = start(j) + unary(0, j)
    best(t, j) = unary(t, j) + max_i best(t - 1, i) + between(i, j)

Paper: Viterbi, 1967, doi:10.1109/TIT.1967.1054010. Only the maxima are kept on the way forward; the way back asks again
which label gave them, along one path, which is cheaper than a table of back pointers.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seqweave.decoding.transitions import Transitions

NO_LABEL = -100


def best_path(unary: Tensor, mask: Tensor, transitions: Transitions) -> Tensor:
    """The sequence of labels with the greatest total score, for every row.

    Among equal sequences the one whose last label has the lowest index is taken, then the lowest before it, and so on.

    Args:
        unary: score of each label at each position. Shape (batch, time, labels), float.
        mask: True where a position is real, real positions first. Shape (batch, time), bool; each row has at least
            one True.
        transitions: scores of neighbours, over the same labels.

    Returns:
        Labels, -100 at padding. Shape (batch, time), long.
    """
    # A constant added to a position changes no comparison; without it float32 loses sums of large scores.
    shifted = (unary - unary.amax(dim=2, keepdim=True)).to(transitions.between.dtype)
    incoming = transitions.between.T.contiguous()  # (to, from): the maximum then runs along memory
    states = _best_scores(shifted, mask, transitions, incoming)
    label = (states[-1] + transitions.ends).argmax(dim=1)  # (batch,)
    path = [label]
    for time in range(len(states) - 1, 0, -1):
        before = (states[time - 1] + incoming[label]).argmax(dim=1)
        label = torch.where(mask[:, time], before, label)
        path.append(label)
    return torch.stack(path[::-1], dim=1).masked_fill(~mask, NO_LABEL)  # (batch, time)


def _best_scores(unary: Tensor, mask: Tensor, transitions: Transitions, incoming: Tensor) -> list[Tensor]:
    """Score of the best path that ends in each label, for each position; past its end a row keeps its last scores."""
    scores = transitions.starts + unary[:, 0]  # (batch, labels)
    states = [scores]
    for here, real in zip(unary.unbind(1)[1:], mask.unsqueeze(2).unbind(1)[1:], strict=True):
        moved = (scores.unsqueeze(1) + incoming).amax(dim=2) + here
        scores = torch.where(real, moved, scores)
        states.append(scores)
    return states
