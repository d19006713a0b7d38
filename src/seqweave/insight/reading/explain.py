"""How a language model reads a text, word by word, and which words a prediction hangs on; it is only observed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seqweave.core.errors import CommandError
from seqweave.data.batches import StreamBatch
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import BEGIN, END, PADDING, UNKNOWN
from seqweave.insight.explaining.sanity import Sanity, sanity
from seqweave.layers.chunked import CHUNK_BYTES
from seqweave.layers.pointing import Pointed
from seqweave.metrics.perplexity import LARGEST
from seqweave.models.language_model import LanguageModel
from seqweave.tasks.language_codec import LanguageCodec

MOST_READ = 1000
"""Tokens of the longest text that is explained."""
OTHERS = 4
"""Other words that are told of each position."""
NEXT = 12
"""Words that may follow the text."""
LOOKED = 3
"""Places that are told of each position, those with the largest shares."""
LEAST = 0.005
"""Smallest share of a place that is told."""
HIDDEN = 40
"""Tokens before a position that are hidden, one at a time."""

Words = tuple[tuple[str, float], ...]
"""Words and their probabilities, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Told:
    """How one position was told.

    Args:
        word: what stands there; empty for the end of the text.
        known: whether the vocabulary has it.
        log_probability: of it.
        others: the likeliest words beside it.
        gate: what the pointer left to the vocabulary, 0 to 1; None without a pointer.
        looked: places that the pointer gave most, as positions of the text (-1 its beginning), each with its share.
    """

    word: str
    known: bool
    log_probability: float
    others: Words
    gate: float | None
    looked: tuple[tuple[int, float], ...]

    @property
    def bits(self) -> float:
        """Surprise: 0 of what was certain, 1 of what was told with a probability of one half."""
        return -self.log_probability / math.log(2)


@dataclass(frozen=True, slots=True)
class Hangs:
    """What one prediction hangs on.

    Args:
        position: of the predicted word, from 0; the number of tokens for the word after the text.
        word: it.
        log_probability: of it.
        first: the first token that was hidden.
        shares: what its logarithm loses where each token from the first one on is hidden, in nats.
    """

    position: int
    word: str
    log_probability: float
    first: int
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Reading:
    """Everything that is told of one text.

    Args:
        example: the text.
        told: each token, and the text's end.
        following: words that may follow the text, its end as an empty one.
        pointer: kind of the pointer; empty without one.
        window: words that it sees.
        hangs: what the predictions that were asked for hang on.
        sanity: whether that means anything.
    """

    example: DocumentExample
    told: Sequence[Told]
    following: Words
    pointer: str
    window: int
    hangs: Sequence[Hangs]
    sanity: Sanity

    @property
    def perplexity(self) -> float:
        """Of the text, its end included."""
        return math.exp(min(-sum(one.log_probability for one in self.told) / len(self.told), LARGEST))


@torch.inference_mode()
def explain_reading(
    network: LanguageModel, codec: LanguageCodec, example: DocumentExample, positions: Sequence[int] = ()
) -> Reading:
    """How a trained language model reads a text by itself; the model is left as it was.

    Args:
        network: in `eval()` mode.
        codec: fitted with it.
        example: the text.
        positions: tokens whose prediction is explained, from 0; that of the word after the text where none is named.

    Raises:
        CommandError: if there is no such token, or the text is too long.
    """
    count = len(example.tokens)
    if count > MOST_READ:
        mend = f"explain a part of at most {MOST_READ:,} tokens"
        raise CommandError("E-EXPLAIN-10", f"the text has {count:,} tokens", mend=mend)
    for position in positions:
        if not 0 <= position < count:
            what = f"there is no token {position + 1} in a text of {count}"
            raise CommandError("E-EXPLAIN-12", what, mend=f"use --token 1 to {count}")
    batch = codec.encode(Corpus.of(DocumentExample, [example])).batch(np.arange(1))
    raw, _ = network.predict_from(batch, None)
    chances = (raw.log_probabilities if raw.apart is None else raw.apart)[0].tolist()
    words, told = _Words(codec, batch), list[Told]()
    following: Words = ()
    for at, (logs, pointed, place) in enumerate(_positions(network, batch)):
        target, looked = _written(logs, int(batch.told[0, at])), _looked(pointed, place, at)
        gate = None if pointed is None else float(pointed.left[0, place].exp())
        known = at == count or bool(batch.targets[0, at] != UNKNOWN)
        told.append(Told(words.at(at), known, chances[at], words.likeliest(logs, OTHERS, target), gate, looked))
        following = words.likeliest(logs, NEXT)
    pointer = network.pointer if network.pointer is not None and network.pointer.active else None
    kind = network.config.pointer.kind if pointer is not None and network.config.pointer is not None else ""
    hangs = [_hangs(network, batch, words, position) for position in positions or [count]]
    size = pointer.size if pointer is not None else 0
    return Reading(example, told, following, kind, size, hangs, sanity(network))


class _Words:
    """The words of ids, as a text and its vocabulary have them."""

    def __init__(self, codec: LanguageCodec, batch: StreamBatch) -> None:
        self._codec, self._batch = codec, batch
        (self._added,) = batch.added or ((),)
        self._length = int(batch.mask.sum())

    def of(self, number: int) -> str:
        """A word; that of the end is empty."""
        return "" if number == END else self._codec.words([number], self._added)[0]

    def at(self, position: int) -> str:
        """The word that stands at a position of the text."""
        if position == self._length - 1:
            return ""
        return self._codec.words([int(self._batch.told[0, position])], self._added)[0]

    def likeliest(self, logs: Tensor, count: int, but: int = PADDING) -> Words:
        """The likeliest words but one. Shape of logs: (tokens,)."""
        kept = logs.clone()
        kept[[PADDING, BEGIN, but]] = -math.inf
        values, numbers = kept.exp().topk(min(count, len(kept) - 3))
        return tuple((self.of(number), value) for number, value in zip(numbers.tolist(), values.tolist(), strict=True))


def _positions(network: LanguageModel, batch: StreamBatch) -> Iterator[tuple[Tensor, Pointed | None, int]]:
    """For each position the log-probabilities of all words, shape (tokens,), what was pointed at, and where there."""
    states, pointed, _ = network.look(batch.read, batch.mask, None)
    step = max(1, CHUNK_BYTES // (network.table.num_embeddings * states.element_size()))
    for start in range(0, states.shape[1], step):
        part = slice(start, start + step)
        logs, here = network.log_probabilities(states[:, part]), None
        if pointed is not None:
            here = Pointed(pointed.left[:, part], pointed.shares[:, part], pointed.words[:, part])
            logs = here.mixed(logs, batch.most_added)
        yield from ((row, here, place) for place, row in enumerate(logs[0]))


def _written(logs: Tensor, number: int) -> int:
    """A word's id; that of the unknown token for a form that nothing can be told of by itself. Shape (tokens,)."""
    return number if number < len(logs) and bool(torch.isfinite(logs[number])) else UNKNOWN


def _looked(pointed: Pointed | None, place: int, at: int) -> tuple[tuple[int, float], ...]:
    """The places of the text that were given most. The last word of a window is the one before the position."""
    if pointed is None:
        return ()
    shares = pointed.shares[0, place].exp()
    values, slots = shares.topk(min(LOOKED, len(shares)))
    found = zip(slots.tolist(), values.tolist(), strict=True)
    return tuple((at - len(shares) + slot, value) for slot, value in found if value >= LEAST)


def _hangs(network: LanguageModel, batch: StreamBatch, words: _Words, position: int) -> Hangs:
    """What the prediction of a position loses where a token before it is hidden behind the unknown one."""
    read = batch.read[:, : position + 1]  # the mark of a beginning comes first
    count = min(HIDDEN, position)
    rows = read.repeat(count + 1, 1)
    hidden = torch.arange(count)
    rows[hidden + 1, position - count + 1 + hidden] = UNKNOWN
    states, pointed, _ = network.look(rows, torch.ones_like(rows, dtype=torch.bool), None)
    logs = network.log_probabilities(states[:, -1:])
    if pointed is not None:
        last = Pointed(pointed.left[:, -1:], pointed.shares[:, -1:], pointed.words[:, -1:])
        logs = last.mixed(logs, batch.most_added)
    logs = logs[:, 0]
    target = int(batch.told[0, position])
    if position == int(batch.mask.sum()) - 1:  # what follows the text, not only its end
        allowed = logs[0].clone()
        allowed[[PADDING, UNKNOWN, BEGIN]] = -math.inf
        target = int(allowed.argmax())
    else:
        target = _written(logs[0], target)
    found = logs[:, target].tolist()
    shares = tuple(found[0] - max(one, math.log(1e-30)) for one in found[1:])
    return Hangs(position, words.of(target), found[0], position - count, shares)
