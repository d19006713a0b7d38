"""How a network that steps from token to token writes the texts of a batch: searched, then read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from seqweave.data.batches import TextRaw
from seqweave.data.features.contract import END, PADDING
from seqweave.decoding.contract import Found, Frame, Search, StateT, Stepped


class Targeted(Protocol):
    """A batch of texts."""

    @property
    def targets(self) -> Tensor:
        """Gold tokens; read for their device."""


BatchT = TypeVar("BatchT", bound=Targeted, contravariant=True)


class Writer(Protocol[BatchT, StateT]):
    """What writing asks of a network."""

    @property
    def search(self) -> Search:
        """How texts are searched for."""

    def frame(self, batch: BatchT) -> Frame:
        """What the search must know of the texts of a batch."""

    def start(self, batch: BatchT) -> StateT:
        """The state before the first token: a grid (sentences, 1)."""

    def step(self, tokens: Tensor, state: StateT) -> tuple[Stepped, StateT]:
        """One token more for every hypothesis. Shape (sentences, beam), long."""

    def replay(self, tokens: Tensor, start: StateT) -> tuple[Tensor, Tensor]:
        """Log-probability of each token, and where it looked, all tokens given.

        Args:
            tokens: whole texts, the end mark last. Shape (sentences, time), long; 0 at padding.
            start: the state before them.

        Returns:
            Shapes (sentences, time) and (sentences, time, source).
        """


def written(writer: Writer[BatchT, StateT], batch: BatchT) -> TextRaw:
    """The best texts that the search finds, and how the best one of each row came about."""
    start = writer.start(batch)
    found = writer.search.run(writer.step, start, writer.frame(batch))
    best = _padded([one.hypotheses[0].tokens for one in found], batch.targets)
    logs, attention = writer.replay(best, start)
    raw = _raw(found, logs.exp(), attention * (best != PADDING).unsqueeze(2))
    return replace(raw, proven=tuple([one.proven for one in found])) if writer.search.proves else raw


def _padded(texts: Sequence[tuple[int, ...]], like: Tensor) -> Tensor:
    """Texts, each with the end mark. Shape (sentences, longest + 1), long."""
    longest = max(map(len, texts)) + 1
    rows = [[*text, END] + [PADDING] * (longest - len(text) - 1) for text in texts]
    return torch.tensor(rows, dtype=torch.long, device=like.device)


def _raw(found: Sequence[Found], chances: Tensor, attention: Tensor) -> TextRaw:
    """The raw answers. Shapes (sentences, time), (sentences, time, source)."""
    listed: list[list[float]] = chances.tolist()
    return TextRaw(
        tokens=tuple(tuple(one.tokens for one in row.hypotheses) for row in found),
        scores=tuple(tuple(one.score for one in row.hypotheses) for row in found),
        log_probabilities=tuple(tuple(one.log_probability for one in row.hypotheses) for row in found),
        chances=tuple(tuple(row[: len(one.hypotheses[0].tokens) + 1]) for row, one in zip(listed, found, strict=True)),
        attention=attention,
    )
