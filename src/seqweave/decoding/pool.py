"""The best hypotheses of every sentence that have ended."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from seqweave.decoding.contract import Found, Frame, Hypothesis, StateT
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.ranking import ranked


@dataclass(frozen=True, slots=True)
class Ended:
    """Hypotheses of one length that have ended alike.

    Args:
        sentences: which sentence of the batch each row is. Shape (sentences,), long.
        tokens: without `end`. Shape (sentences, count, length), long.
        log_probabilities: Shape (sentences, count).
        scores: -inf where there is no hypothesis. Shape (sentences, count).
        finished: whether they ended by `end`.
    """

    sentences: Tensor
    tokens: Tensor
    log_probabilities: Tensor
    scores: Tensor
    finished: bool

    @classmethod
    def of(cls, front: Front[StateT], candidates: Candidates, scores: Tensor, finished: bool) -> Ended:
        """Candidates whose next token is the last, `end` itself where they are finished.

        Args:
            front: whose candidates they are.
            candidates: those that have ended, no others.
            scores: of the candidates, whatever where there is none. Shape (sentences, count).
            finished: whether they ended by `end`.
        """
        written = front.written(candidates)
        scores = scores.masked_fill(~candidates.real(), NONE)
        tokens = written[..., :-1] if finished else written
        return cls(front.sentences, tokens, candidates.log_probabilities, scores, finished)

    @classmethod
    def stranded(cls, front: Front[StateT], chosen: Tensor, scores: Tensor) -> Ended:
        """Hypotheses that nothing may follow, as they stand. Shape of both (sentences, beam), `chosen` bool."""
        real = chosen & (front.log_probabilities > NONE)
        return cls(front.sentences, front.tokens, front.log_probabilities, scores.masked_fill(~real, NONE), False)


class Pool:
    """The `size` best ended hypotheses of every sentence; of equal ones that which ended first.

    Args:
        frame: whose sentences they are.
        size: how many are kept of each.
        like: a tensor with the dtype and on the device of log-probabilities.
    """

    def __init__(self, frame: Frame, size: int, like: Tensor) -> None:
        shape = (len(frame.limits), size)
        self.scores = like.new_full(shape, NONE)
        """Greatest first; -inf where there is none yet. Shape (sentences, size)."""
        self._log_probabilities = like.new_zeros(shape)
        self._tokens = torch.zeros(*shape, max(frame.limits), dtype=torch.long, device=like.device)
        self._lengths = self._tokens.new_zeros(shape)
        self._finished = torch.zeros(shape, dtype=torch.bool, device=like.device)

    def add(self, ended: Ended) -> None:
        """Keep those that are among the best."""
        if not (ended.scores > NONE).any():
            return
        rows, (count, length) = ended.sentences, ended.tokens.shape[1:]
        scores, places = ranked(ended.scores, min(count, self.scores.shape[1]))
        tokens = self._tokens.new_zeros(*scores.shape, self._tokens.shape[2])
        tokens[..., :length] = ended.tokens.gather(1, places.unsqueeze(2).expand(-1, -1, length))
        lengths = torch.full_like(places, length)
        order = ranked(torch.cat([self.scores[rows], scores], dim=1), self.scores.shape[1])[1]
        for kept, new in (
            (self.scores, scores),
            (self._log_probabilities, ended.log_probabilities.gather(1, places)),
            (self._lengths, lengths),
            (self._finished, torch.full_like(places, ended.finished, dtype=torch.bool)),
        ):
            kept[rows] = torch.cat([kept[rows], new], dim=1).gather(1, order)
        both = torch.cat([self._tokens[rows], tokens], dim=1)
        self._tokens[rows] = both.gather(1, order.unsqueeze(2).expand(-1, -1, both.shape[2]))

    def put(self, sentence: int, hypothesis: Hypothesis) -> None:
        """Make a hypothesis the best of a sentence that has none."""
        length = len(hypothesis.tokens)
        self.scores[sentence, 0] = hypothesis.score
        self._log_probabilities[sentence, 0] = hypothesis.log_probability
        self._tokens[sentence, 0, :length] = torch.tensor(hypothesis.tokens, dtype=torch.long)
        self._lengths[sentence, 0], self._finished[sentence, 0] = length, hypothesis.finished

    def found(self, proven: Tensor) -> list[Found]:
        """What was found for each sentence. Shape of proven: (sentences,), bool."""
        columns = (self._tokens, self._lengths, self._log_probabilities, self.scores, self._finished)
        every = zip(*(column.tolist() for column in columns), proven.tolist(), strict=True)
        result = []
        for *rows, sure in every:
            best = zip(*rows, strict=True)
            kept = [Hypothesis(tuple(t[:n]), p, score, end) for t, n, p, score, end in best if score > NONE]
            result.append(Found(tuple(kept), sure))
        return result
