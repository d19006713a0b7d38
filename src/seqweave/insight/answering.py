"""A trained model's answers to a whole corpus: longest batches last, answers in the order of the examples.

Of what tells every token, the numbers alone are kept, and answers made of them when they are asked for: memory grows by
a few bytes a token, as the longest text does by some hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import torch

from seqweave.data.batches import ScoreRaw
from seqweave.data.corpus import Corpus
from seqweave.data.order import by_length, restored
from seqweave.data.streams import cut as windows
from seqweave.layers.carrying import CarryingModel
from seqweave.layers.contracts import Model
from seqweave.layers.reading import ReadingModel
from seqweave.tasks.contract import Codec, Dataset, StreamDataset
from seqweave.tasks.told_texts import Context, ToldTexts

E = TypeVar("E")
B = TypeVar("B")
R = TypeVar("R")
A = TypeVar("A")

ANSWER_TOKENS = 8192
"""Positions in a batch of evaluation: large enough for full speed, small enough for a laptop's memory."""

WINDOW = 256
"""Positions of each stretch of a stream that are read at once."""

ALIKE = 0.8
"""Least share of the longest example of a batch that its shortest one has; of few examples, most would be padding."""


def answer(
    network: Model[B, R], codec: Codec[E, B, R, A], corpus: Corpus[E], batch_tokens: int = ANSWER_TOKENS
) -> Sequence[A]:
    """One answer for each example, in order; the network is put into `eval()` mode and back.

    Args:
        network: trained; its parameters say on which device it runs.
        codec: fitted with it.
        corpus: what to answer, with or without gold.
        batch_tokens: most positions in a batch, padding included.
    """
    dataset = codec.encode(corpus)
    if isinstance(dataset, StreamDataset) and isinstance(network, CarryingModel) and len(dataset.scored_as):
        with _evaluating(network):
            return _streamed(network, codec, dataset)
    cut = by_length(dataset.lengths, batch_tokens, alike=ALIKE)
    if isinstance(network, CarryingModel | ReadingModel):
        with _evaluating(network):
            return _alone(network, codec, dataset, cut)
    return restored(answers_to(network, codec, (dataset.batch(rows) for rows in cut)), cut)


def answers_to(network: Model[B, R], codec: Codec[Any, B, R, A], batches: Iterable[B]) -> list[A]:
    """One answer for each row of each batch, one after another; the network is put into `eval()` mode and back."""
    with _evaluating(network):
        return list(_answers(network, codec, batches))


@contextmanager
def _evaluating(network: Model[Any, Any]) -> Iterator[None]:
    """The network in `eval()` mode."""
    training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(training)


@torch.inference_mode()
def _streamed(network: CarryingModel[B, R], codec: Codec[Any, B, R, A], dataset: StreamDataset[B]) -> Sequence[A]:
    """One answer for each text of a stream, all texts before it in mind."""
    device, carry, told = next(network.parameters()).device, None, np.zeros(0)
    for batch, places in pieces(dataset):
        raw: Any
        raw, carry = network.predict_from(batch.to(device), carry)
        both = _columns(raw)
        told = told if len(told) else np.zeros((dataset.total, both.shape[2]), both.dtype)
        for row, place in zip(both, places, strict=True):
            told[place] = row[: place.stop - place.start]
    return ToldTexts(codec, dataset, lambda start, stop: told[start:stop])


@torch.inference_mode()
def _alone(
    network: Model[B, R], codec: Codec[Any, B, R, A], dataset: Dataset[B], cut: Sequence[np.ndarray]
) -> Sequence[A]:
    """One answer for each text, each by itself."""
    device, lengths = next(network.parameters()).device, dataset.lengths
    ends, told = np.cumsum(lengths), np.zeros(0)
    context: Context = ""
    for rows in cut:
        batch: Any = dataset.batch(rows)
        raw: Any = network.predict(batch.to(device))
        both, context = _columns(raw), raw.context
        told = told if len(told) else np.zeros((int(ends[-1]), both.shape[2]), both.dtype)
        for row, end, length in zip(both, ends[rows].tolist(), lengths[rows].tolist(), strict=True):
            told[end - length : end] = row[:length]
    return ToldTexts(codec, dataset, lambda start, stop: told[start:stop], context)


def _columns(raw: ScoreRaw) -> np.ndarray:
    """Log-probabilities and, where there are such, those with unknown forms apart. Shape (batch, time, 1 or 2)."""
    columns = [raw.log_probabilities] if raw.apart is None else [raw.log_probabilities, raw.apart]
    return torch.stack(columns, dim=2).cpu().numpy()


def pieces(dataset: StreamDataset[Any]) -> Iterator[tuple[Any, list[slice]]]:
    """The windows in which a stream is scored, stretches side by side, and where each row stands in the stream."""
    begins, ends = dataset.scored_as[:-1], dataset.scored_as[1:]
    for start, stop in windows(int((ends - begins).max()), WINDOW):
        starts, stops = begins + start, np.minimum(begins + stop, ends)
        places = [slice(first, last) for first, last in zip(starts.tolist(), stops.tolist(), strict=True)]
        yield dataset.window(starts, stops, np.arange(len(begins))), places


@torch.inference_mode()
def _answers(network: Model[B, R], codec: Codec[Any, B, R, A], batches: Iterable[B]) -> Iterator[A]:
    device = next(network.parameters()).device
    for batch in batches:
        raw: Any = network.predict(batch.to(device))  # type: ignore[attr-defined]  # every batch class has `to`
        yield from codec.answers(raw.cpu(), batch)
