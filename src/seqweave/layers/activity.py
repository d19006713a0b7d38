"""What large or quickly changing states cost: activation regularisation, and temporal activation regularisation.

For states h_t of dim entries at the positions of a window, m_t what dropout keeps of them:

    activation           sum_t |m_t * h_t|^2 / dim
    temporal activation  sum_t |h_t - h_{t-1}|^2 / dim          within the window

Paper: Merity et al., 2017, arXiv:1708.01009; 2018, arXiv:1708.02182, section 4.6. Differs: squares as in the paper's
program, not lengths; sums that the loop divides by the tokens, where that program divides the second one by the pairs.
"""

from __future__ import annotations

from torch import Tensor

from seqweave.layers.linear import wide


def activation(states: Tensor, mask: Tensor) -> Tensor:
    """Summed mean squares of the states of real positions.

    Args:
        states: as dropout left them. Shape (batch, time, dim).
        mask: True where a position is real. Shape (batch, time), bool.

    Returns:
        Scalar, in at least float32.
    """
    return wide(states[mask]).square().mean(dim=-1).sum()


def temporal_activation(states: Tensor, mask: Tensor) -> Tensor:
    """Summed mean squares of what changes between each real position and the next.

    Args:
        states: before dropout. Shape (batch, time, dim).
        mask: True where a position is real, real positions first. Shape (batch, time), bool.

    Returns:
        Scalar, in at least float32; 0 for a window of one position.
    """
    changes = wide(states[:, 1:] - states[:, :-1])[mask[:, 1:]]
    return changes.square().mean(dim=-1).sum()
