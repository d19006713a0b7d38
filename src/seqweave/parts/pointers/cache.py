"""A continuous cache: words that followed states like the present one are likelier to follow again. Nothing is learned.

    p_cache(w) proportional to sum_{i: w_{i+1} = w} exp(theta h_t . h_i)
    p(w)       = (1 - lambda) p_vocab(w) + lambda p_cache(w)

Any trained language model can be read with it. Where theta and lambda are not given they are chosen on dev, from a
small grid, once training has ended. While it trains, the network is read without.

Paper: Grave et al., 2017, arXiv:1612.04426, eq. 2-5 (linear interpolation).
"""

from __future__ import annotations

import math

import torch
from pydantic import Field

from seqweave.layers.pointing import Pointed, Pointer, PointerConfig, Window, pointer, scores


@pointer("cache")
class CacheConfig(PointerConfig):
    """Not learned: a word of the window is the likelier, the more the state that told it is like the present one."""

    learned = False

    window: int = Field(default=500, ge=1)
    """Words that are remembered, from the last one back."""
    theta: float | None = Field(default=None, ge=0, le=1e6)
    """How much likeness counts: 0 for not at all. Not given, it is chosen on dev."""
    share: float | None = Field(default=None, ge=0, lt=1)
    """The paper's lambda, the cache's share of the probability, from 0 to below 1. Not given, it is chosen on dev."""

    def build(self, dim: int) -> CachePointer:
        """A cache over states of any size."""
        del dim
        return CachePointer(self.window, self.theta, self.share)


class CachePointer(Pointer):
    """A softmax over the window's states, scaled.

    Args of the constructor: `size` of the window; `theta` and `share`, None as long as they are not chosen.
    """

    behind = False

    def __init__(self, size: int, theta: float | None, share: float | None) -> None:
        super().__init__(size)
        self.theta, self.share = theta, share

    @property
    def active(self) -> bool:
        """Not before its settings are chosen, and not while the network trains."""
        return not self.training and self.theta is not None and bool(self.share)

    def forward(self, window: Window) -> Pointed:
        """What each position looks at. Shapes: states (batch, time, dim), words (batch, time, size)."""
        theta, share = self.theta or 0.0, self.share or 0.0
        found = scores(window.states * theta, window)
        whole = found.logsumexp(dim=2)
        empty = whole == -torch.inf
        logs = (found - whole.masked_fill(empty, 0).unsqueeze(2)) + (math.log(share) if share else -torch.inf)
        left = torch.full_like(whole, math.log1p(-share)).masked_fill(empty, 0)
        return Pointed(left, logs, window.words)
