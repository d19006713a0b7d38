"""Sequences that are given, read by a network step by step: what a reference would have scored in a search."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seqweave.decoding.contract import Frame, StateT, Step


def replayed(step: Step[StateT], state: StateT, frame: Frame, sequences: Sequence[Sequence[int]]) -> Tensor:
    """Log-probability of one finished sequence a sentence: of its tokens, and of `end` after them.

    Compared with what a search found, it tells the search's errors from the model's: a reference that scores higher was
    missed by the search, one that scores lower would have been passed over by any.

    Args:
        step: the network.
        state: before the first token, a grid (sentences, 1).
        frame: for `begin` and `end`; nothing else is looked at.
        sequences: without `begin` and `end`.

    Returns:
        Shape (sentences,).
    """
    longest = max(len(tokens) for tokens in sequences) + 1
    written = [[*tokens, frame.end] + [frame.end] * (longest - len(tokens) - 1) for tokens in sequences]
    last, chances = torch.full((len(sequences), 1), frame.begin), []
    for tokens in torch.tensor(written).unbind(1):
        stepped, state = step(last, state)
        last = tokens.unsqueeze(1).to(stepped.log_probabilities.device)
        chances.append(stepped.log_probabilities.gather(2, last.unsqueeze(2)).flatten())
    table = torch.stack(chances, dim=1)  # (sentences, longest)
    sizes = torch.tensor([len(tokens) + 1 for tokens in sequences], device=table.device)
    behind = torch.arange(longest, device=table.device) >= sizes.unsqueeze(1)
    return table.masked_fill(behind, 0).sum(dim=1)
