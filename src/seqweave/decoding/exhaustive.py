"""Exhaustive search: every sequence, |V|^T of them. For small worlds, and as the truth for other searches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field

from seqweave.core.errors import RecipeError
from seqweave.decoding.contract import Found, Frame, StateT, Step, search
from seqweave.decoding.enumeration import Enumeration
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.normalisation import NormalisedSearch
from seqweave.decoding.pool import Ended
from seqweave.decoding.ranking import ranked


@search("exhaustive")
class ExhaustiveSearch(NormalisedSearch):
    """Looks at every sequence, level by level, all hypotheses of a level at once."""

    proves: ClassVar[bool] = True

    best: int = Field(1, ge=1)
    """How many hypotheses are given for each sentence, where there are so many."""

    most: int = Field(1_000_000, ge=1)
    """Sequences of a sentence that are looked at at most; a search of more is refused before it starts."""

    def run(self, step: Step[StateT], state: StateT, frame: Frame) -> Sequence[Found]:
        """Search all sentences at once.

        Raises:
            RecipeError: if there may be more sequences than `most`.
        """
        front = Front.start(step, state, frame)
        self._refuse_too_many(front.following.shape[2], frame)
        search = Enumeration(self, frame, front, self.best)
        while True:
            values = search.opened(front)
            real = values > NONE
            kept = real.any(dim=1)
            stranded = ~kept & (search.pool.scores[front.sentences, 0] == NONE)
            scores = self.score(front.log_probabilities, max(front.length, 1))
            search.pool.add(Ended.stranded(front, stranded.unsqueeze(1), scores))
            if not kept.any():
                return search.pool.found(torch.ones_like(search.rules.limits, dtype=torch.bool))
            values, places = ranked(values, int(real.sum(dim=1).amax()))
            front = front.grow(Candidates.at(places, values, front.following.shape[2]), kept)

    def _refuse_too_many(self, tokens: int, frame: Frame) -> None:
        """What is never written does not count; the rest is taken to be free at every step behind the prefix."""
        going = tokens - len({*frame.never, frame.end})
        for limit, prefix in zip(frame.limits, frame.prefixes, strict=True):
            free = limit - len(prefix)
            if free * math.log(max(going, 1)) > math.log(self.most):
                what = f"exhaustive search would look at {going}^{free} sequences, {self.most} are allowed"
                mend = "use the kind beam or exact, or shorter sequences"
                raise RecipeError("E-SEARCH-05", what, mend=mend)
