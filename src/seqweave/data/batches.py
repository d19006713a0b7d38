"""The typed batches and raw answers in which tasks and models meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

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
class TextBatch:
    """Source texts and the texts to be written.

    Args:
        tokens: the source texts.
        source: each source token's id in the row's extended target vocabulary: its own id where it can be written, else
            one from the size of the vocabulary on, equal for equal tokens of a row. Shape (batch, time), long; 0 at
            padding.
        extension: most ids that a row of the batch adds to the vocabulary.
        targets: gold target ids, the end mark last, extended ids where a word can only be copied. Shape
            (batch, target_time), long; 0 at padding, and everywhere in rows without gold.
        prefixes: what each row's text must begin with, as ids; mostly empty.
        required: runs of ids that must stand in each row's text, from the glossary; mostly empty.
        rows: index of each row in the corpus the batch was taken from. Shape (batch,), long.
        added: the words that each row adds to the vocabulary, in the order of their ids; no network reads them.
        lost: tokens of what the glossary asks of each row and what has no ids there; mostly empty.
    """

    tokens: TokenBatch
    source: Tensor
    extension: int
    targets: Tensor
    prefixes: tuple[tuple[int, ...], ...]
    required: tuple[tuple[tuple[int, ...], ...], ...]
    rows: Tensor
    added: tuple[tuple[str, ...], ...] = ()
    lost: tuple[tuple[tuple[str, ...], ...], ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)

    def to(self, device: torch.device) -> TextBatch:
        """The same batch on another device."""
        return replace(
            self,
            tokens=self.tokens.to(device),
            source=self.source.to(device),
            targets=self.targets.to(device),
            rows=self.rows.to(device),
        )


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """Stretches of texts: what is read, and what is to be told of it.

    Args:
        inputs: the token before each one to be told; where a text begins, the mark of an end. Shape (batch, time),
            long; 0 at padding.
        targets: the tokens to be told. Shape (batch, time), long; 0 at padding.
        rows: which text, or which stream, each row is of. Shape (batch,), long.
        apart: the first input and all targets once more, where some are unknown: each unknown form has an id of its own
            from the size of the vocabulary on, in whole texts by where it comes first. Shape (batch, time + 1), long;
            0 at padding.
        added: of each row the forms of these ids, in their order, where the rows are whole texts.
    """

    inputs: Tensor
    targets: Tensor
    rows: Tensor
    apart: Tensor | None = None
    added: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def most_added(self) -> int:
        """Ids beyond the vocabulary, of the row that has the most."""
        return max(map(len, self.added), default=0)

    @property
    def mask(self) -> Tensor:
        """True where a position is real. Shape (batch, time), bool."""
        return self.targets != 0

    @property
    def read(self) -> Tensor:
        """The inputs, unknown forms apart. Shape (batch, time), long."""
        return self.inputs if self.apart is None else self.apart[:, :-1]

    @property
    def told(self) -> Tensor:
        """The targets, unknown forms apart. Shape (batch, time), long."""
        return self.targets if self.apart is None else self.apart[:, 1:]

    def piece(self, rows: Tensor, start: int, stop: int) -> StreamBatch:
        """Some rows from a position up to, not including, another. Shape of rows: (chosen,), long."""
        apart = None if self.apart is None else self.apart[rows, start : stop + 1]
        part, added = slice(start, stop), tuple(self.added[row] for row in rows.tolist()) if self.added else ()
        return StreamBatch(self.inputs[rows, part], self.targets[rows, part], self.rows[rows], apart, added)

    def to(self, device: torch.device) -> StreamBatch:
        """The same batch on another device."""
        apart = None if self.apart is None else self.apart.to(device)
        moved = self.inputs.to(device), self.targets.to(device), self.rows.to(device)
        return StreamBatch(*moved, apart, self.added)


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """Texts, each by itself, whose tokens are told from those around them.

    Args:
        tokens: the texts.
        targets: the tokens to be told, the end mark behind a text's last one. Shape (batch, time + 1), long; 0 at
            padding.
        rows: index of each row in the corpus the batch was taken from. Shape (batch,), long.
    """

    tokens: TokenBatch
    targets: Tensor
    rows: Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def mask(self) -> Tensor:
        """True where a token is told. Shape (batch, time + 1), bool."""
        return self.targets != 0

    def to(self, device: torch.device) -> ReadBatch:
        """The same batch on another device."""
        return ReadBatch(self.tokens.to(device), self.targets.to(device), self.rows.to(device))


@dataclass(frozen=True, slots=True)
class ScoreRaw:
    """How probable each token of some texts is, all unknown forms being one token.

    Args:
        log_probabilities: natural logarithms. Shape (batch, time); 0 at padding.
        apart: the same where each unknown form is a token of its own, of models that can tell them apart. Shape
            (batch, time); 0 at padding.
        context: what each token was told from, of models that read texts whole: `either side`, from each by itself, or
            `both sides` at once.
    """

    log_probabilities: Tensor
    apart: Tensor | None = None
    context: Literal["", "either side", "both sides"] = field(default="", kw_only=True)

    def cpu(self) -> ScoreRaw:
        """The same on the CPU."""
        apart = None if self.apart is None else self.apart.cpu()
        return replace(self, log_probabilities=self.log_probabilities.cpu(), apart=apart)


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


@dataclass(frozen=True, slots=True)
class TextRaw:
    """Texts that a network wrote, the best ones of each row first.

    Args:
        tokens: for each row its hypotheses, each the extended ids without the end mark.
        scores: for each row the score of each hypothesis, as the search compares them.
        log_probabilities: for each row the log-probability of each hypothesis, its end mark included.
        chances: probability of each token of a row's best hypothesis, its end mark last, each 0 to 1.
        attention: where each of them looked. Shape (batch, target_time, time); all zero without attention.
        proven: for each row whether no better text is possible; None where the search does not ask.
    """

    tokens: tuple[tuple[tuple[int, ...], ...], ...]
    scores: tuple[tuple[float, ...], ...]
    log_probabilities: tuple[tuple[float, ...], ...]
    chances: tuple[tuple[float, ...], ...]
    attention: Tensor
    proven: tuple[bool, ...] | None = None

    def cpu(self) -> TextRaw:
        """The same on the CPU."""
        return replace(self, attention=self.attention.cpu())
