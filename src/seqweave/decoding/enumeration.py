"""All sequences of a space, level by level: what exhaustive and exact search share."""

from __future__ import annotations

from typing import Generic

import torch
from torch import Tensor

from seqweave.decoding.contract import Frame, StateT
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.normalisation import NormalisedSearch
from seqweave.decoding.pool import Ended, Pool
from seqweave.decoding.ranking import ranked
from seqweave.decoding.rules import Rules


class Enumeration(Generic[StateT]):
    """Opens hypotheses, and keeps the best of those that have ended.

    Args:
        search: whose rules are kept, and whose scores are compared.
        frame: what the sequences are.
        start: the empty hypotheses.
        best: how many hypotheses are kept for each sentence.
    """

    def __init__(self, search: NormalisedSearch, frame: Frame, start: Front[StateT], best: int) -> None:
        self.rules, self.pool = Rules(frame, search, start.following), Pool(frame, best, start.following)
        self._score, self._end = search.score, frame.end

    def opened(self, front: Front[StateT]) -> Tensor:
        """Log-probabilities of all that goes on from a front; all that ends there goes into the pool.

        Args:
            front: the hypotheses.

        Returns:
            By place in the front's flattened totals; -inf where nothing goes on. Shape (sentences, beam * tokens).
        """
        totals = self.rules.apply(front.totals(), front)
        parents = torch.arange(totals.shape[1], device=totals.device).expand(totals.shape[:2])
        finished = Candidates(parents, torch.full_like(parents, self._end), totals[..., self._end].clone())
        totals[..., self._end] = NONE
        going = totals.flatten(1)
        full = (self.limits(front) == front.length + 1).unsqueeze(1)
        values, places = ranked(going, min(self.pool.scores.shape[1], going.shape[1]))
        cut = Candidates.at(places, values, totals.shape[2]).only(full)
        for candidates, by_end in ((finished, True), (cut, False)):
            scores = self._score(candidates.log_probabilities, front.length + 1)
            self.pool.add(Ended.of(front, candidates, scores, by_end))
        return going.masked_fill(full, NONE)

    def limits(self, front: Front[StateT]) -> Tensor:
        """Most tokens of each row. Shape (sentences,)."""
        return self.rules.limits[front.sentences]
