"""A trained model's answers to a whole corpus: longest batches last, answers in the order of the examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import torch

from seqweave.data.corpus import Corpus
from seqweave.data.order import by_length, restored
from seqweave.data.streams import cut as windows
from seqweave.layers.carrying import CarryingModel
from seqweave.layers.contracts import Model
from seqweave.tasks.contract import Codec, StreamDataset

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
) -> list[A]:
    """One answer for each example, in order; the network is put into `eval()` mode and back.

    Args:
        network: trained; its parameters say on which device it runs.
        codec: fitted with it.
        corpus: what to answer, with or without gold.
        batch_tokens: most positions in a batch, padding included.
    """
    dataset = codec.encode(corpus)
    if isinstance(dataset, StreamDataset) and isinstance(network, CarryingModel) and len(dataset.scored_as):
        return _streamed(network, codec, dataset)
    cut = by_length(dataset.lengths, batch_tokens, alike=ALIKE)
    return restored(answers_to(network, codec, (dataset.batch(rows) for rows in cut)), cut)


def answers_to(network: Model[B, R], codec: Codec[Any, B, R, A], batches: Iterable[B]) -> list[A]:
    """One answer for each row of each batch, one after another; the network is put into `eval()` mode and back."""
    training = network.training
    network.eval()
    try:
        return list(_answers(network, codec, batches))
    finally:
        network.train(training)


def _streamed(network: CarryingModel[B, R], codec: Codec[Any, B, R, A], dataset: StreamDataset[B, R]) -> list[A]:
    """One answer for each text of a stream, all texts before it in mind."""
    training = network.training
    network.eval()
    try:
        told = _told(network, dataset)
    finally:
        network.train(training)
    cut = by_length(dataset.lengths, ANSWER_TOKENS)
    found = (codec.answers(dataset.parted(told, rows), dataset.batch(rows)) for rows in cut)
    return restored([answer for answers in found for answer in answers], cut)


@torch.inference_mode()
def _told(network: CarryingModel[B, R], dataset: StreamDataset[B, R]) -> np.ndarray:
    """What is told of every position of a stream. Shape (total,) or, with unknown forms apart, (total, 2), float32."""
    device, carry, found = next(network.parameters()).device, None, np.zeros(0, np.float32)
    for batch, places in pieces(dataset):
        raw: Any
        raw, carry = network.predict_from(batch.to(device), carry)
        raw = raw.cpu()
        both = raw.log_probabilities if raw.apart is None else torch.stack([raw.log_probabilities, raw.apart], dim=2)
        if not len(found):
            found = np.zeros((dataset.total, *both.shape[2:]), np.float32)
        for row, place in enumerate(places):
            found[place] = both[row, : place.stop - place.start].numpy()
    return found


def pieces(dataset: StreamDataset[Any, Any]) -> Iterator[tuple[Any, list[slice]]]:
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
