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
    """What is told of every position of a stream, its stretches side by side. Shape (total,), float32."""
    found, device, carry = np.zeros(dataset.total, np.float32), next(network.parameters()).device, None
    begins, ends = dataset.scored_as[:-1], dataset.scored_as[1:]
    for start, stop in windows(int((ends - begins).max()), WINDOW):
        starts, stops = begins + start, np.minimum(begins + stop, ends)
        batch: Any = dataset.window(starts, stops, np.arange(len(begins)))
        raw: Any
        raw, carry = network.predict_from(batch.to(device), carry)
        logs = raw.cpu().log_probabilities.numpy()
        for row, (first, last) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
            found[first:last] = logs[row, : last - first]
    return found


@torch.inference_mode()
def _answers(network: Model[B, R], codec: Codec[Any, B, R, A], batches: Iterable[B]) -> Iterator[A]:
    device = next(network.parameters()).device
    for batch in batches:
        raw: Any = network.predict(batch.to(device))  # type: ignore[attr-defined]  # every batch class has `to`
        yield from codec.answers(raw.cpu(), batch)
