"""The grid of hypotheses (sentences, beam): choosing some of them, and what is held once for each sentence."""

from __future__ import annotations

import torch
from torch import Tensor


def chosen(x: Tensor, rows: Tensor) -> Tensor:
    """What belongs to chosen hypotheses.

    Args:
        x: one entry a hypothesis. Shape (sentences, beam, ...).
        rows: indices into the flattened grid. Shape (sentences', beam'), long.

    Returns:
        Shape (sentences', beam', ...).
    """
    picked = x.flatten(0, 1).index_select(0, rows.flatten())
    return picked.view(*rows.shape, *x.shape[2:])


def moved(rows: Tensor, sentences: int, beam: int) -> Tensor | None:
    """The sentence of each row of the new grid; None where they are the old ones in their order.

    What is held for a sentence then need not be copied, which is so at nearly every step of a search.

    Args:
        rows: indices into the flattened grid. Shape (sentences', beam'), long.
        sentences: length of the old grid.
        beam: width of the old grid.

    Returns:
        Shape (sentences',), long; or None.
    """
    found = rows[:, 0] // beam
    return None if torch.equal(found, torch.arange(sentences, device=rows.device)) else found
