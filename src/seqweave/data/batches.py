"""The typed batches and raw answers in which tasks and models meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """The tokens of a batch as the ids of every feature.

    Args:
        features: by name. "forms" (batch, time), long: index of each position's word form among the distinct forms of
            the batch; a feature of forms (forms,) or (forms, width), long; a feature of positions (batch, time) or
            (batch, time, width), long; a bag of a row (entries,), long, with its "<name>.offsets" (batch + 1,), long.
        mask: True where a position is real. Shape (batch, time), bool.
    """

    features: Mapping[str, Tensor]
    mask: Tensor

    def __len__(self) -> int:
        return self.mask.shape[0]

    def to(self, device: torch.device) -> TokenBatch:
        """The same batch on another device."""
        moved = {name: ids.to(device, non_blocking=True) for name, ids in self.features.items()}
        return TokenBatch(moved, self.mask.to(device, non_blocking=True))


@dataclass(frozen=True, slots=True)
class LabelBatch:
    """Texts and what they are labelled.

    Args:
        tokens: the texts.
        targets: 1 where a label is gold, NaN in rows without gold. Shape (batch, labels), float.
        rows: index of each row in the corpus the batch was taken from. Shape (batch,), long.
    """

    tokens: TokenBatch
    targets: Tensor
    rows: Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    def to(self, device: torch.device) -> LabelBatch:
        """The same batch on another device."""
        return LabelBatch(self.tokens.to(device), self.targets.to(device), self.rows.to(device))


@dataclass(frozen=True, slots=True)
class TagBatch:
    """Sentences and their tags.

    Args:
        tokens: the sentences.
        tags: gold tags, -100 at padding and where there is no gold. Shape (batch, time), long.
        rows: index of each row in the corpus the batch was taken from. Shape (batch,), long.
    """

    tokens: TokenBatch
    tags: Tensor
    rows: Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    def to(self, device: torch.device) -> TagBatch:
        """The same batch on another device."""
        return TagBatch(self.tokens.to(device), self.tags.to(device), self.rows.to(device))


@dataclass(frozen=True, slots=True)
class LabelRaw:
    """Answers of a label head: the probability of every label. Shape (batch, labels)."""

    probabilities: Tensor

    def cpu(self) -> LabelRaw:
        """The same on the CPU."""
        return LabelRaw(self.probabilities.cpu())


@dataclass(frozen=True, slots=True)
class TagRaw:
    """Answers of a tag head.

    Args:
        tags: the best sequence of tags. Shape (batch, time), long; -100 at padding.
        probabilities: marginal probability of each tag of it. Shape (batch, time); 0 at padding.
    """

    tags: Tensor
    probabilities: Tensor

    def cpu(self) -> TagRaw:
        """The same on the CPU."""
        return TagRaw(self.tags.cpu(), self.probabilities.cpu())
