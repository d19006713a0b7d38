"""Hypotheses written one token after the other, each for itself: what greedy search and sampling share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from seqweave.decoding.contract import Found, Frame, Search, StateT, Step
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.pool import Ended, Pool
from seqweave.decoding.rules import Rules

Choose = Callable[[Tensor, Tensor], Tensor]
"""From the log-probabilities of what may follow, shape (sentences, places, tokens), -inf where it must not, and the
tokens that were written, shape (sentences, places, length), to the next ones, shape (sentences, places)."""


class Rollout:
    """Hypotheses that grow side by side.

    Args:
        search: its rules are kept.
        places: hypotheses of each sentence.
        choose: the next tokens.
    """

    def __init__(self, search: Search, places: int, choose: Choose) -> None:
        self.search, self.places, self.choose = search, places, choose

    def run(self, step: Step[StateT], state: StateT, frame: Frame) -> Sequence[Found]:
        """Write all sentences at once; scores are log-probabilities."""
        front = Front.start(step, state, frame)
        rules, pool = Rules(frame, self.search, front.following), Pool(frame, self.places, front.following)
        while True:
            candidates = self._candidates(rules.apply(front.following.clone(), front), front, pool)
            ends = candidates.tokens == frame.end
            going = candidates.only(~ends)
            full = rules.limits[front.sentences] == front.length + 1
            for ended, finished in ((candidates.only(ends), True), (going.only(full.unsqueeze(1)), False)):
                pool.add(Ended.of(front, ended, ended.log_probabilities, finished))
            kept = ~full & going.real().any(dim=1)
            if not kept.any():
                return pool.found(torch.zeros_like(rules.limits, dtype=torch.bool))
            front = front.grow(going, kept)

    def _candidates(self, allowed: Tensor, front: Front[StateT], pool: Pool) -> Candidates:
        """Every hypothesis with its next token; what nothing may follow is put into the pool as it stands."""
        stuck = allowed.amax(dim=2) == NONE
        if stuck.any():
            pool.add(Ended.stranded(front, stuck, front.log_probabilities))
        # of the one empty hypothesis there are to be as many as places
        parents = torch.arange(self.places, device=allowed.device).clamp(max=allowed.shape[1] - 1)
        allowed, written = allowed[:, parents], front.tokens[:, parents]
        tokens = self.choose(allowed, written)
        chances = allowed.gather(2, tokens.unsqueeze(2)).squeeze(2)
        return Candidates(parents.expand_as(tokens), tokens, front.log_probabilities[:, parents] + chances)
