"""Sequences that are given, read by a network step by step: what a reference would have scored in a search."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seqweave.decoding.contract import Frame, Search, StateT, Step
from seqweave.decoding.front import Front
from seqweave.decoding.rules import Rules


def replayed(
    step: Step[StateT],
    state: StateT,
    frame: Frame,
    sequences: Sequence[Sequence[int]],
    search: Search | None = None,
) -> Tensor:
    """Log-probability of one finished sequence a sentence: of its tokens, and of `end` after them.

    Compared with what a search found, it tells the search's errors from the model's: a reference that scores higher was
    missed by the search, one that scores lower would have been passed over by any.

    Args:
        step: the network.
        state: before the first token, a grid (sentences, 1).
        frame: for `begin` and `end`; nothing else is looked at without a search.
        sequences: without `begin` and `end`.
        search: what it and the frame do not let it finish has log-probability -inf; any sequence may be given without.

    Returns:
        Shape (sentences,).
    """
    sizes, longest = [len(tokens) for tokens in sequences], max(map(len, sequences)) + 1
    written = torch.tensor([[*tokens] + [frame.end] * (longest - len(tokens)) for tokens in sequences])
    last, chances = torch.full((len(sequences), 1), frame.begin), []
    for place in range(longest):
        stepped, state = step(last, state)
        following = stepped.log_probabilities
        written = written.to(following.device)
        if search is not None:
            before, rows = written[:, None, :place], torch.arange(len(written), device=following.device)
            front = Front(step, state, rows, before, following[..., 0], following, stepped.attention)
            following = Rules(frame, search, following).apply(following.clone(), front)
        last = written[:, place, None]
        chances.append(following.gather(2, last.unsqueeze(2)).flatten())
    table = torch.stack(chances, dim=1)  # (sentences, longest)
    lengths, limits = (torch.tensor(values, device=table.device) for values in (sizes, frame.limits))
    behind = torch.arange(longest, device=table.device) > lengths.unsqueeze(1)
    found = table.masked_fill(behind, 0).sum(dim=1)
    return found if search is None else found.masked_fill(lengths >= limits, -torch.inf)
