"""The greatest of many numbers, in an order that nothing but the numbers and their places decides."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 64
"""Numbers of which only the maximum is looked at first; near the root of a beam's candidates both sorts are small."""


def ranked(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The greatest values of every row, greatest first; of equal ones that with the lowest index first.

    The `count` greatest lie in the `count` blocks with the greatest maxima, so that all but these are read once and
    never sorted. `torch.topk` leaves the order of equal values open, and copies each row into pairs first.

    Args:
        values: Shape (rows, n).
        count: how many, at most n.

    Returns:
        Values and their indices in the row. Shape (rows, count) each.
    """
    size = values.shape[1]
    blocks = size // BLOCK
    if blocks <= 2 * count:
        return _sorted(values, count)
    whole = values[:, : blocks * BLOCK].reshape(-1, blocks, BLOCK)
    # ascending, so that a stable sort of what they hold still puts the lowest index first
    chosen = _sorted(whole.amax(dim=2), count)[1].sort(dim=1).values  # (rows, count)
    inside = torch.arange(BLOCK, device=values.device)
    places = (chosen.unsqueeze(2) * BLOCK + inside).flatten(1)
    rest = torch.arange(blocks * BLOCK, size, device=values.device).expand(len(values), -1)
    places = torch.cat([places, rest], dim=1)
    best, order = _sorted(values.gather(1, places), count)
    return best, places.gather(1, order)


def _sorted(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    best, order = values.sort(dim=1, descending=True, stable=True)
    return best[:, :count], order[:, :count]
