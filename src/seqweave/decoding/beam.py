"""Beam search: of all continuations of the best hypotheses, only the best are followed.

Papers: Graves, 2012, arXiv:1211.3711; Sutskever et al., 2014, arXiv:1409.3215. At each step the hypotheses with each
next token are ranked by log-probability. Among the first `size`, those with `end` are set aside as finished; the first
`size` without it go on. A sentence is done when `size` have finished, or when no other can become better than the worst
of the `best` that it is to give: a hypothesis normalised by its limit bounds all that may come of it (Huang et al.,
2017, arXiv:1809.00069). Normalisation and coverage penalty compare what has ended; what grows is of one length.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import Field, model_validator
from torch import Tensor

from seqweave.decoding.allocation import allocated
from seqweave.decoding.contract import Found, Frame, StateT, Step, search
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.normalisation import NormalisedSearch, coverage_penalty
from seqweave.decoding.pool import Ended, Pool
from seqweave.decoding.ranking import ranked
from seqweave.decoding.rules import Rules


@search("beam")
class BeamSearch(NormalisedSearch):
    """Beam search."""

    size: int = Field(5, ge=1, le=10_000)
    """Hypotheses of a sentence that are followed at once; 1 is greedy search."""

    best: int = Field(1, ge=1)
    """How many hypotheses are given for each sentence, at most `size`."""

    coverage: float = Field(0.0, ge=0)
    """Weight of the penalty for source positions that got less than one step's attention in all; 0 is none."""

    @model_validator(mode="after")
    def _enough_places(self) -> BeamSearch:
        if self.best > self.size:
            raise ValueError(f"{self.best} best hypotheses are asked of a beam of {self.size}; set size: {self.best}")
        return self

    def run(self, step: Step[StateT], state: StateT, frame: Frame) -> Sequence[Found]:
        """Search all sentences at once."""
        front = Front.start(step, state, frame)
        rules, pool = Rules(frame, self, front.following), Pool(frame, self.best, front.following)
        finished = torch.zeros_like(rules.limits)
        while True:
            ending, going = self.choices(front, rules, frame.end)
            finished[front.sentences] += ending.real().sum(dim=1)
            limits = rules.limits[front.sentences]
            full = limits == front.length + 1
            self._set_aside(pool, front, ending, going, full)
            bound = self.score(going.log_probabilities.amax(dim=1), limits)
            kept = ~full & (bound > pool.scores[front.sentences, -1]) & (finished[front.sentences] < self.size)
            if not kept.any():
                return pool.found(torch.zeros_like(finished, dtype=torch.bool))
            front = front.grow(going, kept)

    def choices(self, front: Front[StateT], rules: Rules, end: int) -> tuple[Candidates, Candidates]:
        """The hypotheses that end by the next token, and those that go on, in the order of their places in the beam."""
        return self._parted(self._candidates(front, rules), end)

    def ended(self, front: Front[StateT], candidates: Candidates) -> Tensor:
        """What the search compares, of candidates whose next token is the last. Shape (sentences, count)."""
        missed = self.coverage * coverage_penalty(front.coverage)  # (sentences, beam)
        scores = self.score(candidates.log_probabilities, front.length + 1)
        return scores + missed.gather(1, candidates.parents)

    def _candidates(self, front: Front[StateT], rules: Rules) -> Candidates:
        """The hypotheses with their best next tokens, best first; twice as many as can go on, since some end."""
        totals = rules.apply(front.totals(), front)
        count = min(2 * self.size, totals[0].numel())
        if rules.runs.numel():
            return allocated(totals, front, rules, count)
        values, places = ranked(totals.flatten(1), count)
        return Candidates.at(places, values, totals.shape[2])

    def _parted(self, candidates: Candidates, end: int) -> tuple[Candidates, Candidates]:
        """Those that end, where they have a place in the beam; and the best of those that go on."""
        ends = candidates.tokens == end
        placed = torch.arange(ends.shape[1], device=ends.device) < self.size
        order = ends.long().sort(dim=1, stable=True).indices[:, : self.size]
        return candidates.only(ends & placed), candidates.only(~ends).pick(order)

    def _set_aside(self, pool: Pool, front: Front[StateT], ending: Candidates, going: Candidates, full: Tensor) -> None:
        """Put into the pool what is finished, what is as long as it may be, and what nothing may follow."""
        for candidates, finished in ((ending, True), (going.only(full.unsqueeze(1)), False)):
            if candidates.real().any():
                pool.add(Ended.of(front, candidates, self.ended(front, candidates), finished))
        stranded = ~going.real().any(dim=1) & (pool.scores[front.sentences, 0] == NONE)
        if stranded.any():
            scores = self.score(front.log_probabilities, max(front.length, 1))
            scores = scores + self.coverage * coverage_penalty(front.coverage)
            pool.add(Ended.stranded(front, stranded.unsqueeze(1), scores))
