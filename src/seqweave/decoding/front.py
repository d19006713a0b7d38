"""Hypotheses that still grow, all of one length, and what may follow them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from seqweave.decoding.contract import Frame, StateT, Step

NONE = float("-inf")
"""Log-probability of a place that holds no hypothesis."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hypotheses of a front, each with a next token.

    Args:
        parents: places in the front's beam. Shape (sentences, count), long.
        tokens: what is written next. Shape (sentences, count), long.
        log_probabilities: with the next token; -inf where there is no candidate. Shape (sentences, count).
    """

    parents: Tensor
    tokens: Tensor
    log_probabilities: Tensor

    @classmethod
    def at(cls, places: Tensor, values: Tensor, tokens: int) -> Candidates:
        """Candidates by their places in a front's flattened totals, which has so many tokens a hypothesis."""
        return cls(places // tokens, places % tokens, values)

    def only(self, chosen: Tensor) -> Candidates:
        """The chosen ones, none where the others were. Shape (sentences, count) or (sentences, 1), bool."""
        return Candidates(self.parents, self.tokens, self.log_probabilities.masked_fill(~chosen, NONE))

    def pick(self, places: Tensor) -> Candidates:
        """Those at some places. Shape (sentences, picked), long."""
        return Candidates(*(column.gather(1, places) for column in (self.parents, self.tokens, self.log_probabilities)))

    def real(self) -> Tensor:
        """Where there is a candidate. Shape (sentences, count), bool."""
        return self.log_probabilities > NONE


@dataclass(frozen=True, slots=True)
class Front(Generic[StateT]):
    """A grid of hypotheses, and what may follow each.

    Args:
        step: the network.
        state: after the last tokens.
        sentences: which sentence of the batch each row is. Shape (sentences,), long.
        tokens: what was written. Shape (sentences, beam, length), long.
        log_probabilities: of what was written; -inf where there is no hypothesis. Shape (sentences, beam).
        following: log-probability of every next token. Shape (sentences, beam, tokens).
        coverage: attention summed over all steps, that to the next token with them. Shape (sentences, beam, source).
    """

    step: Step[StateT]
    state: StateT
    sentences: Tensor
    tokens: Tensor
    log_probabilities: Tensor
    following: Tensor
    coverage: Tensor

    @classmethod
    def start(cls, step: Step[StateT], state: StateT, frame: Frame) -> Front[StateT]:
        """The empty hypothesis of every sentence."""
        count = len(frame.limits)
        stepped, after = step(torch.full((count, 1), frame.begin), state)
        following = stepped.log_probabilities
        written = torch.zeros(count, 1, 0, dtype=torch.long, device=following.device)
        sentences = torch.arange(count, device=following.device)
        return cls(step, after, sentences, written, following.new_zeros(count, 1), following, stepped.attention)

    @property
    def length(self) -> int:
        """How many tokens were written."""
        return self.tokens.shape[2]

    def totals(self) -> Tensor:
        """Log-probability of every hypothesis with every next token. Shape (sentences, beam, tokens)."""
        return self.following + self.log_probabilities.unsqueeze(2)

    def written(self, candidates: Candidates) -> Tensor:
        """The candidates' tokens, the next one last. Shape (sentences, count, length + 1)."""
        before = self.tokens.gather(1, candidates.parents.unsqueeze(2).expand(-1, -1, self.length))
        return torch.cat([before, candidates.tokens.unsqueeze(2)], dim=2)

    def grow(self, candidates: Candidates, kept: Tensor) -> Front[StateT]:
        """The candidates as hypotheses.

        Args:
            candidates: at least one a sentence that is kept.
            kept: which sentences go on; the others are dropped. Shape (sentences,), bool, at least one True.
        """
        rows = torch.arange(len(kept), device=kept.device).unsqueeze(1) * self.tokens.shape[1] + candidates.parents
        rows, tokens = rows[kept], candidates.tokens[kept]
        stepped, after = self.step(tokens, self.state.select(rows))
        return Front(
            self.step,
            after,
            self.sentences[kept],
            self.written(candidates)[kept],
            candidates.log_probabilities[kept],
            stepped.log_probabilities,
            self.coverage.flatten(0, 1)[rows] + stepped.attention,
        )
