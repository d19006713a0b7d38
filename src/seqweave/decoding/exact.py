"""Exact search: depth-first branch and bound, which proves its answer the best one where its budget lasts.

Paper: Stahlberg and Byrne, 2019, arXiv:1908.10090. A hypothesis only loses probability as it grows, so that none needs
to be followed whose log-probability, normalised by the limit, is not above the best score found so far; a beam finds
the first one. Differs: the most probable `siblings` are opened in one step of the network, not one; and all sentences
go down together, each in its own order, waiting where they have nothing left at a level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Generic

import torch
from pydantic import Field
from torch import Tensor

from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import Found, Frame, StateT, Step, search
from seqweave.decoding.enumeration import Enumeration
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.normalisation import NormalisedSearch
from seqweave.decoding.ranking import ranked


@search("exact")
class ExactSearch(NormalisedSearch):
    """Branch and bound; `Found.proven` tells whether the optimum was proved."""

    proves: ClassVar[bool] = True

    size: int = Field(5, ge=1, le=10_000)
    """Hypotheses of the beam whose score is the first bound."""

    siblings: int = Field(16, ge=1)
    """Hypotheses of a sentence that are opened at once: more are faster to step, and opened in vain more often."""

    budget: int = Field(100_000, ge=1)
    """Hypotheses of a sentence that are opened at most, the beam's not counted."""

    def run(self, step: Step[StateT], state: StateT, frame: Frame) -> Sequence[Found]:
        """Search all sentences at once; where the budget did not last, the best that was found is given."""
        shared = self.model_dump(include={"size", "shortest", "no_repeat", "normalise", "alpha"})
        beams = BeamSearch(**shared).run(step, state, frame)
        start = Front.start(step, state, frame)
        tree = _Tree(self, frame, start)
        for place, (beam, limit) in enumerate(zip(beams, frame.limits, strict=True)):
            first = beam.hypotheses[0]
            if first.finished or len(first.tokens) == limit:
                tree.enumeration.pool.put(place, first)
        proven = tree.search(start)
        found = tree.enumeration.pool.found(proven)
        return [
            new if new.hypotheses else replace(beam, proven=new.proven) for new, beam in zip(found, beams, strict=True)
        ]


@dataclass(slots=True)
class _Branch(Generic[StateT]):
    """Hypotheses, and those that go on from them, the most probable first; those before `position` were opened."""

    front: Front[StateT]
    going: Candidates
    position: int = 0


class _Tree(Generic[StateT]):
    """The walk through the tree of all sequences."""

    def __init__(self, search: ExactSearch, frame: Frame, start: Front[StateT]) -> None:
        self.enumeration = Enumeration(search, frame, start, best=1)
        self._search = search
        self._spent = torch.zeros_like(start.sentences)
        self._proven = torch.ones_like(start.sentences, dtype=torch.bool)

    def search(self, start: Front[StateT]) -> Tensor:
        """Walk until nothing is left or affordable. Whether nothing is left: shape (sentences,), bool."""
        branches = [self._branch(start)]
        while branches:
            branch = branches[-1]
            inside = torch.arange(branch.position, branch.position + self._search.siblings)
            branch.position += self._search.siblings
            places = inside[inside < branch.going.tokens.shape[1]].to(self._spent.device)
            opened = self._affordable(branch.front, branch.going.pick(places.expand(len(branch.going.tokens), -1)))
            kept = opened.real().any(dim=1)
            if kept.any():
                branches.append(self._branch(branch.front.grow(opened, kept)))
            else:
                branches.pop()  # the most probable ones have come first: nothing better follows
        return self._proven

    def _branch(self, front: Front[StateT]) -> _Branch[StateT]:
        values = self.enumeration.opened(front)
        promising = self._promising(front, values)
        values, places = ranked(values.masked_fill(~promising, NONE), max(1, int(promising.sum(dim=1).amax())))
        return _Branch(front, Candidates.at(places, values, front.following.shape[2]))

    def _promising(self, front: Front[StateT], log_probabilities: Tensor) -> Tensor:
        """Which hypotheses may still become better than the best that has ended."""
        bounds = self._search.score(log_probabilities, self.enumeration.limits(front).unsqueeze(1))
        return bounds > self.enumeration.pool.scores[front.sentences]

    def _affordable(self, front: Front[StateT], candidates: Candidates) -> Candidates:
        """Those candidates that are promising and within the budget, which is charged for them."""
        promising = self._promising(front, candidates.log_probabilities)
        spent = self._spent[front.sentences].unsqueeze(1) + promising.cumsum(dim=1)
        affordable = promising & (spent <= self._search.budget)
        self._proven[front.sentences] &= ~(promising & ~affordable).any(dim=1)
        self._spent[front.sentences] += affordable.sum(dim=1)
        width = int(affordable.sum(dim=1).amax()) if affordable.numel() else 0
        return candidates.only(affordable).pick(torch.arange(width).to(spent.device).expand(len(spent), -1))
