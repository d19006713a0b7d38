"""The contract of pointers, which find the next word among the last ones that were read, and the window they look at.

A window is the last L words before the one that is told, each with a state of the encoder as its key. Behind position t
of a text that is read in pieces, the states of the L + 1 positions before the piece, and their L words, are carried:

    states  h_{-L-1} ... h_{-1} | h_0 ... h_{T-1}           words  w_{-L} ... w_{-1} | w_0 ... w_{T-1}

Queries at T positions meet L keys each. Blocks of as many positions as keys share the keys between them, so that all
scores are one batched product of twice the size that is needed, and memory grows with T L, not with T (T + L).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from torch import Tensor, nn

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry
from seqweave.data.features.contract import PADDING, UNKNOWN
from seqweave.layers.contracts import State
from seqweave.layers.linear import wide

POINTERS = Registry("pointers", "seqweave.parts.pointers")
pointer = POINTERS.register


@dataclass(frozen=True, slots=True)
class Window:
    """The states of a piece of text, and the words before each position, each with a state before it and behind it.

    Args:
        states: of the piece. Shape (batch, time, dim).
        keys: of the words' states, those before the piece too; position t of the piece looks at `size` of them from t
            on. Shape (batch, size - 1 + time, dim).
        words: before the one that is told at each position, the last read one last; 0 where there is none. Shape
            (batch, time, size), long.
    """

    states: Tensor
    keys: Tensor
    words: Tensor


@dataclass(frozen=True, slots=True)
class Pointed:
    """How the probability of a position is shared out.

    Args:
        left: logarithm of what is left to the vocabulary. Shape (batch, time).
        shares: logarithm of what each word of the window is given; -inf where there is none. Shape (batch, time, size).
        words: those words. Shape (batch, time, size), long.
    """

    left: Tensor
    shares: Tensor
    words: Tensor

    def given(self, chosen: Tensor) -> Tensor:
        """Logarithm of what some words of each window are given together; -inf, without a gradient, for nothing.

        Args:
            chosen: Shape (batch, time, size), bool.

        Returns:
            Shape (batch, time).
        """
        together = self.shares.exp().masked_fill(~chosen, 0).sum(dim=2)
        return together.clamp(min=torch.finfo(together.dtype).tiny).log().masked_fill(together == 0, -torch.inf)

    def apart(self, told: Tensor, known: int) -> tuple[Tensor, Tensor]:
        """What the vocabulary and the window give to each next word, every unknown form being a word of its own.

        One that stands in the window is told by the window alone; any other is what the vocabulary calls unknown.

        Args:
            told: ids that keep unknown forms apart. Shape (batch, time), long.
            known: words of the vocabulary; ids from there on are unknown forms.

        Returns:
            Logarithms, twice of shape (batch, time); of the second see `given`.
        """
        found = self.words == told.unsqueeze(2)
        pointed, given = (told >= known) & found.any(dim=2), self.given(found)
        # a word that can only be pointed at has some probability even where its share underflows
        lost = pointed & (given == -torch.inf)
        least = math.log(torch.finfo(given.dtype).tiny)
        return self.left.masked_fill(pointed, -torch.inf), given.masked_fill(lost, least)

    def together(self, targets: Tensor, known: int) -> Tensor:
        """What the window gives to each next word, all unknown forms being one; see `given`.

        Args:
            targets: ids of the vocabulary. Shape (batch, time), long.
            known: words of the vocabulary.
        """
        classes = self.words.masked_fill(self.words >= known, UNKNOWN)
        return self.given(classes == targets.unsqueeze(2))

    def mixed(self, logs: Tensor, extension: int) -> Tensor:
        """Log-probabilities of the vocabulary's words and of those that only the window has.

        Args:
            logs: the vocabulary's own. Shape (batch, time, vocabulary).
            extension: ids beyond the vocabulary.

        Returns:
            Shape (batch, time, vocabulary + extension); -inf for words beyond the vocabulary that no window has.
        """
        given = logs.new_zeros(*logs.shape[:2], logs.shape[2] + extension)
        given = given.scatter_add(2, self.words, self.shares.exp().to(logs.dtype)).log()
        known = torch.logaddexp(self.left.unsqueeze(2) + logs, given[:, :, : logs.shape[2]])
        return torch.cat([known, given[:, :, logs.shape[2] :]], dim=2)


class Pointer(nn.Module, ABC):
    """Shares out the probability of the next word between the vocabulary and the words of a window.

    Law: what is left to the vocabulary and what is given to the words adds up to 1; words that are not there get none.

    Attributes:
        size: words of the window.
        behind: whether a word's key is the state that had just read it; else it is the state before, that told it.
    """

    behind: ClassVar[bool] = True

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    @property
    @abstractmethod
    def active(self) -> bool:
        """Whether it points at all as it stands."""

    @abstractmethod
    def forward(self, window: Window) -> Pointed:
        """What each position looks at. Shapes: states (batch, time, dim), words (batch, time, size)."""

    def look(self, states: Tensor, words: Tensor, mask: Tensor, carry: State | None) -> tuple[Pointed, State]:
        """What each position of a piece looks at, and what is carried on.

        The window is as wide as texts were read, up to `size`: a wider one has no room for words that are not there.

        Args:
            states: behind each word. Shape (batch, time, dim).
            words: that were read, as ids that keep unknown words apart; 0 at padding. Shape (batch, time), long.
            mask: True where a position is real, real positions first. Shape (batch, time), bool.
            carry: from the piece before, as wide as its window; None where texts begin. Shapes
                (batch, before + 1, dim), (batch, before).

        Returns:
            Shapes (batch, time), (batch, time, window); and the carry behind each row's last real position.
        """
        words = words.masked_fill(~mask, PADDING)
        batch, time, dim = states.shape
        if carry is None:
            carry = states.new_zeros(batch, 1, dim), words.new_zeros(batch, 0)
            if not self.behind:  # no state told the first word
                words = torch.cat([torch.full_like(words[:, :1], PADDING), words[:, 1:]], dim=1)
        before = carry[1].shape[1]
        size = min(self.size, before + time)
        carry = F.pad(carry[0], (0, 0, size - before, 0)), F.pad(carry[1], (size - before, 0))
        every, read = torch.cat([carry[0], states], dim=1), torch.cat([carry[1], words], dim=1)
        keys = every[:, 2:] if self.behind else every[:, 1:-1]
        window = Window(states, keys, read[:, 1:].unfold(1, size, 1))
        lengths = mask.sum(dim=1)
        after = _rows_from(every, lengths, size + 1), _rows_from(read, lengths, size)
        return self(window), after


class PointerConfig(Config, ABC):
    """Settings of a pointer, and its factory.

    `learned` says whether it is trained with the network; one that is not can be laid over any trained one.
    """

    learned: ClassVar[bool] = True

    @abstractmethod
    def build(self, dim: int) -> Pointer:
        """A fresh pointer over states of a size."""


def scores(queries: Tensor, window: Window) -> Tensor:
    """Each position's query times the keys of its window; -inf where there is no word.

    Args:
        queries: Shape (batch, time, dim).
        window: what is looked at.

    Returns:
        Shape (batch, time, size), in at least float32.
    """
    batch, time, dim = queries.shape
    size = window.words.shape[2]
    block = min(time, size)
    blocks = -(-time // block)
    short = blocks * block - time
    asked = F.pad(queries, (0, 0, 0, short)).view(batch, blocks, block, dim)
    keys = F.pad(window.keys, (0, 0, 0, short)).unfold(1, size - 1 + block, block)  # (batch, blocks, dim, seen)
    products = asked @ keys
    at = torch.arange(block, device=queries.device)
    seen = (at.unsqueeze(1) + torch.arange(size, device=queries.device)).expand(batch, blocks, block, size)
    found = wide(products.gather(3, seen)).reshape(batch, blocks * block, size)[:, :time]
    return found.masked_fill(window.words == PADDING, -torch.inf)


def _rows_from(values: Tensor, starts: Tensor, count: int) -> Tensor:
    """As many positions of each row, from its own start on. Shapes (batch, time, ...) -> (batch, count, ...)."""
    places = starts.unsqueeze(1) + torch.arange(count, device=values.device)
    return values[torch.arange(len(values), device=values.device).unsqueeze(1), places]
