"""What a search asks of a network, seen from between the two: neither knows that it is watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from seqweave.decoding.contract import StateT, Step, Stepped


@dataclass(frozen=True, slots=True)
class Watched(Generic[StateT]):
    """A network's state that remembers which tokens led to it.

    Args:
        state: the network's own.
        tokens: what was read, `begin` first. Shape (sentences, beam, length), long.
    """

    state: StateT
    tokens: Tensor

    def select(self, rows: Tensor) -> Watched[StateT]:
        """The state of chosen hypotheses. Shape of rows: (sentences, beam), long."""
        return Watched(self.state.select(rows), self.tokens.flatten(0, 1)[rows.to(self.tokens.device)])


@dataclass(frozen=True, slots=True)
class Asked(Generic[StateT]):
    """One question and its answer.

    Args:
        tokens: of the hypotheses that were followed, without `begin`. Shape (sentences, beam, length), long.
        stepped: what the network told.
        state: the network's after these tokens.
    """

    tokens: Tensor
    stepped: Stepped
    state: StateT


class Watch(Generic[StateT]):
    """A step that writes down what it is asked, and what the network answers.

    Args:
        step: the network's own.
    """

    def __init__(self, step: Step[StateT]) -> None:
        self._step = step
        self.asked: list[Asked[StateT]] = []

    def start(self, state: StateT, sentences: int = 1) -> Watched[StateT]:
        """A network's first state, to be searched from."""
        return Watched(state, torch.zeros(sentences, 1, 0, dtype=torch.long))

    def step(self, tokens: Tensor, state: Watched[StateT]) -> tuple[Stepped, Watched[StateT]]:
        """The network's step. Shape (sentences, beam), long."""
        stepped, after = self._step(tokens, state.state)
        read = torch.cat([state.tokens.to(tokens.device), tokens.unsqueeze(2)], dim=2)
        self.asked.append(Asked(read[..., 1:], stepped, after))
        return stepped, Watched(after, read)


class Counter(Generic[StateT]):
    """A step that counts the hypotheses it is asked about.

    Args:
        step: the network's own.
    """

    def __init__(self, step: Step[StateT]) -> None:
        self._step = step
        self.hypotheses = 0

    def step(self, tokens: Tensor, state: StateT) -> tuple[Stepped, StateT]:
        """The network's step. Shape (sentences, beam), long."""
        self.hypotheses += tokens.numel()
        return self._step(tokens, state)
