"""A network without weights: what may follow is drawn from a hash of the sentence and of all that was written."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from seqweave.decoding.contract import Frame, Hypothesis, Stepped

BEGIN, END = 0, 1
SOURCE = 4
MASK = (1 << 31) - 1


def mixed(numbers: Tensor) -> Tensor:
    """Scattered over 31 bits, by two rounds of a multiplicative hash."""
    for _ in range(2):
        numbers = ((numbers ^ (numbers >> 16)) * 0x45D9F3B) & MASK
    return numbers ^ (numbers >> 15)


@dataclass(frozen=True)
class ToyState:
    """A hash of each hypothesis. Shape (sentences, beam)."""

    hashes: Tensor

    def select(self, rows: Tensor) -> ToyState:
        return ToyState(self.hashes.flatten()[rows])


@dataclass(frozen=True)
class ToyNetwork:
    """Its distributions depend on all tokens before, and on the sentence's key."""

    tokens: int = 5
    sharpness: float = 3.0
    dtype: torch.dtype = torch.float64
    impossible: tuple[int, ...] = ()

    def start(self, keys: list[int]) -> ToyState:
        return ToyState(mixed(torch.tensor(keys).unsqueeze(1) + 1))

    def step(self, tokens: Tensor, state: ToyState) -> tuple[Stepped, ToyState]:
        hashes = mixed(state.hashes * 31 + tokens + 7)
        numbers = mixed(hashes.unsqueeze(2) + 977 * torch.arange(1, self.tokens + 1))
        logits = self.sharpness * numbers.to(self.dtype) / MASK
        logits[..., list(self.impossible)] = -inf
        looked = mixed(hashes.unsqueeze(2) + 131 * torch.arange(1, SOURCE + 1)).to(self.dtype)
        looked[..., -1] = 0  # padding
        attention = looked / looked.sum(dim=2, keepdim=True)
        return Stepped(logits.log_softmax(dim=2), attention), ToyState(hashes)

    def replay(self, key: int, hypothesis: Hypothesis) -> float:
        """Log-probability of a hypothesis, read token by token."""
        state, last, total = self.start([key]), BEGIN, 0.0
        for token in (*hypothesis.tokens, *([END] if hypothesis.finished else [])):
            stepped, state = self.step(torch.tensor([[last]]), state)
            total += float(stepped.log_probabilities[0, 0, token])
            last = token
        return total


def framed(count: int, limit: int = 5, **changes) -> Frame:
    """A frame of sentences without wishes, changed as said."""
    plain = {"limits": (limit,) * count, "prefixes": ((),) * count, "required": ((),) * count}
    return Frame(**{"begin": BEGIN, "end": END, "never": (BEGIN,), **plain, **changes})


def sequences(limit: int, tokens: int) -> list[tuple[tuple[int, ...], bool]]:
    """Every sequence, and whether it is finished: the space that all searches search, written down once more."""
    level, result = [()], []
    for _ in range(limit):
        result += [(tokens_, True) for tokens_ in level]
        level = [(*tokens_, token) for tokens_ in level for token in range(tokens) if token not in (BEGIN, END)]
    return result + [(tokens_, False) for tokens_ in level]
