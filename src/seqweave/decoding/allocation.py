"""Places of the beam shared out among hypotheses that have met more and fewer of their required runs.

Without it those that have met none, which cost nothing, would fill the beam. Paper: dynamic beam allocation, Post and
Vilar, 2018, arXiv:1804.06609. Candidates are the best of all, the best token of each hypothesis, and all tokens that
advance a required run; they stand in banks by how many required tokens are still missing. Differs: the places are dealt
out in turns, the fullest bank first, which is their equal division with what a bank cannot use passed on.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seqweave.decoding.contract import StateT
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.ranking import ranked
from seqweave.decoding.rules import Rules


def allocated(totals: Tensor, front: Front[StateT], rules: Rules, count: int) -> Candidates:
    """Candidates in the order in which they get places; by their values alone where nothing is required.

    Args:
        totals: value of each hypothesis with each next token. Shape (sentences, beam, tokens).
        front: the hypotheses.
        rules: what is required.
        count: how many of the best candidates are taken anyway.

    Returns:
        At least `count` a sentence, those that are none last.
    """
    values, places = _candidates(totals, front, rules, count)
    tokens = totals.shape[2]
    needed = rules.needed(front.written(Candidates.at(places, values, tokens)), front.sentences)
    order = values.sort(dim=1, descending=True, stable=True).indices
    order = order.gather(1, needed.gather(1, order).sort(dim=1, stable=True).indices)  # by need, then by value
    values, places, needed = (column.gather(1, order) for column in (values, places, needed))
    # how many stand before each in its own bank; a candidate that is none comes after all that are one
    turns = torch.arange(values.shape[1], device=values.device) - torch.searchsorted(needed, needed)
    order = turns.masked_fill(values == NONE, values.shape[1]).sort(dim=1, stable=True).indices
    return Candidates.at(places, values, tokens).pick(order)


def _candidates(totals: Tensor, front: Front[StateT], rules: Rules, count: int) -> tuple[Tensor, Tensor]:
    """Values and places of all candidates, by place; -inf where one has been named already."""
    beam, tokens = totals.shape[1:]
    starts = (torch.arange(beam, device=totals.device) * tokens).unsqueeze(1)  # (beam, 1)
    own = ranked(totals.flatten(0, 1), 1)[1].view(-1, beam, 1)
    advancing = rules.advancing(front)
    advancing = torch.where(advancing < 0, own, advancing)
    named = torch.cat([own, advancing], dim=2) + starts
    best = ranked(totals.flatten(1), count)[1]
    places = torch.cat([best, named.flatten(1)], dim=1).sort(dim=1).values
    again = torch.nn.functional.pad(places[:, 1:] == places[:, :-1], (1, 0))
    return totals.flatten(1).gather(1, places).masked_fill(again, NONE), places
