"""Log-probabilities made comparable between sequences of different lengths.

    none:    log P
    length:  log P / n
    gnmt:    log P / ((5 + n) / 6) ** alpha

n counts the probabilities that were multiplied: the tokens, and `end` where the sequence is finished. The second is
Graves, 2012, arXiv:1211.3711; the third Wu et al., 2016, arXiv:1609.08144, eq. 14, with its coverage penalty:

    beta * sum_i log(min(sum_t attention(t, i), 1))
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import Tensor

from seqweave.decoding.contract import Search

Normalise = Literal["none", "length", "gnmt"]


class NormalisedSearch(Search):
    """Settings of a search that compares sequences of different lengths."""

    normalise: Normalise = "length"
    """How scores of different lengths are compared: `none`, `length` (log-probability by token) or `gnmt`."""

    alpha: float = Field(0.6, ge=0, le=2)
    """Strength of the normalisation `gnmt`; 0 is none."""

    def score(self, log_probabilities: Tensor, length: Tensor | int) -> Tensor:
        """Scores of sequences, never above 0; of one log-probability the longer sequence has the better score.

        So a hypothesis, normalised by the greatest length it may reach, bounds all that it may become.

        Args:
            log_probabilities: of whole sequences, at most 0.
            length: how many were added up, at least 1; broadcast.
        """
        if self.normalise == "none":
            return log_probabilities
        if self.normalise == "length":
            return log_probabilities / length
        return log_probabilities / ((5 + length) / 6) ** self.alpha


def coverage_penalty(coverage: Tensor) -> Tensor:
    """How much of the source was looked at less than once: at most 0, where nothing was missed.

    Where no attention went at all, there is padding or a network without attention, and no penalty.

    Args:
        coverage: attention, summed over all steps. Shape (..., source).

    Returns:
        Shape (...).
    """
    return coverage.masked_fill(coverage <= 0, 1).clamp(max=1).log().sum(dim=-1)
