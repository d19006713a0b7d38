"""Sampling: the next token is drawn by its probability, from all tokens or from the most probable ones.

Papers: top-k, Fan et al., 2018, arXiv:1805.04833; top-p, the nucleus, Holtzman et al., 2020, arXiv:1904.09751.
Temperature comes first, then `top_k`, then `top_p` of what is left.

Each draw is a number between 0 and 1 that is computed from the seed, the sample's number and the tokens written so far,
and from nothing else. So no generator's state passes from sentence to sentence: the same samples come out for any batch
and any order. Two sentences whose samples of one number have begun alike go on by the same draw, each from its own
probabilities. A draw within rounding of a border between two tokens may fall on either side in another batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import Field
from torch import Tensor

from seqweave.decoding.contract import Found, Frame, Search, StateT, Step, search
from seqweave.decoding.rollout import Rollout

BITS = 64
DRAWN_BITS = 48
"""float64 holds them with room to spare: a draw times a sum of probabilities never rounds up to the sum."""


@search("sampling")
class Sampling(Search):
    """Draws sequences by their probability; the one with the greatest probability is given first."""

    temperature: float = Field(1.0, gt=0, le=100)
    """What log-probabilities are divided by: below 1 likely tokens become likelier still, above 1 all more alike."""

    top_k: int = Field(0, ge=0)
    """Only so many of the most probable tokens are drawn from; 0 is all."""

    top_p: float = Field(1.0, gt=0, le=1)
    """Only the fewest most probable tokens are drawn from that have this probability together; 1 is all."""

    samples: int = Field(1, ge=1, le=10_000)
    """Sequences drawn for each sentence; one may come out twice."""

    seed: int = Field(0, ge=0, lt=2**63)
    """Where the draws come from."""

    def run(self, step: Step[StateT], state: StateT, frame: Frame) -> Sequence[Found]:
        """Draw for all sentences at once."""
        return Rollout(self, self.samples, self._drawn).run(step, state, frame)

    def _drawn(self, allowed: Tensor, written: Tensor) -> Tensor:
        """Inverts the distribution function, in float64, where the probabilities are cut in order of size."""
        scores, order = torch.sort(allowed.double() / self.temperature, dim=2, descending=True, stable=True)
        if self.top_k:
            scores[..., self.top_k :] = float("-inf")
        chances = scores.softmax(dim=2)
        before = chances.cumsum(dim=2) - chances
        sums = chances.masked_fill(before >= self.top_p, 0).cumsum(dim=2)
        draw = uniform(self.seed, written).unsqueeze(2) * sums[..., -1:]
        drawn = (sums <= draw).sum(dim=2, keepdim=True)
        return order.gather(2, drawn).squeeze(2)


def uniform(seed: int, written: Tensor) -> Tensor:
    """A number for every hypothesis, as good as random, that depends on its place in the beam and its tokens alone.

    The tokens are digits of a number modulo 2^64, which SplitMix64 scatters (Steele et al., 2014,
    doi:10.1145/2660193.2660195).

    Args:
        seed: at least 0.
        written: Shape (sentences, places, length), long.

    Returns:
        At least 0, below 1. Shape (sentences, places), float64.
    """
    places = torch.arange(written.shape[1], device=written.device)
    mixed = _scattered(_scattered(torch.full_like(places, seed)) + places).expand(written.shape[:2])
    for tokens in written.unbind(2):
        mixed = _scattered(mixed + tokens)
    bits = _shifted(_scattered(mixed), BITS - DRAWN_BITS)
    return bits.double() / (1 << DRAWN_BITS)


def _scattered(numbers: Tensor) -> Tensor:
    """SplitMix64 of each; int64 arithmetic wraps as that of unsigned numbers does."""
    mixed = numbers + _signed(0x9E3779B97F4A7C15)
    mixed = (mixed ^ _shifted(mixed, 30)) * _signed(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ _shifted(mixed, 27)) * _signed(0x94D049BB133111EB)
    return mixed ^ _shifted(mixed, 31)


def _shifted(numbers: Tensor, bits: int) -> Tensor:
    """Shifted right, zeros coming in from the left."""
    return (numbers >> bits) & ((1 << (BITS - bits)) - 1)


def _signed(number: int) -> int:
    return number - (1 << BITS) if number >> (BITS - 1) else number
