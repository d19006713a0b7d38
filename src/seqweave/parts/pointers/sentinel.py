"""A pointer with a sentinel: one softmax over the words of the window and a sentinel, which stands for the vocabulary.

    q_t  = tanh(W h_t + b)
    a_t  = softmax([q_t . h_i for the words w_i of the window; q_t . s])
    g_t  = the sentinel's part of a_t
    p(w) = g_t p_vocab(w) + sum_{i: w_i = w} a_ti

h_i is the state that had just read w_i, so that the word that was read last can be pointed at, too. A word that the
vocabulary lacks can be told as long as it stands in the window.

Paper: Merity et al., 2017, arXiv:1609.07843, eq. 1-9. Differs: states that were carried from the window before are
looked at, but no gradient goes into them.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn

from seqweave.layers.linear import Linear, wide
from seqweave.layers.pointing import Pointed, Pointer, PointerConfig, Window, pointer, scores


@pointer("sentinel")
class SentinelConfig(PointerConfig):
    """Learned: points at words of the window, and how much it does so is told word by word; for rare words."""

    window: int = Field(default=100, ge=1)
    """Words that can be pointed at, from the last one back."""

    def build(self, dim: int) -> SentinelPointer:
        """A fresh pointer over states of a size."""
        return SentinelPointer(dim, self.window)


class SentinelPointer(Pointer):
    """Attention over the window's states and a learned vector."""

    def __init__(self, dim: int, size: int) -> None:
        super().__init__(size)
        self.query = Linear(dim, dim)
        self.sentinel = nn.Parameter(torch.empty(dim).uniform_(-(dim**-0.5), dim**-0.5))

    @property
    def active(self) -> bool:
        """Always."""
        return True

    def forward(self, window: Window) -> Pointed:
        """What each position looks at. Shapes: states (batch, time, dim), words (batch, time, size)."""
        query = torch.tanh(self.query(window.states))
        kept = wide(query @ self.sentinel).unsqueeze(2)
        logs = torch.cat([scores(query, window), kept], dim=2).log_softmax(dim=2)
        return Pointed(logs[:, :, -1], logs[:, :, :-1], window.words)
