"""A trained model's answers to a whole corpus: longest batches last, answers in the order of the examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import torch

from seqweave.data.corpus import Corpus
from seqweave.data.order import by_length, restored
from seqweave.layers.contracts import Model
from seqweave.tasks.contract import Codec

E = TypeVar("E")
B = TypeVar("B")
R = TypeVar("R")
A = TypeVar("A")

ANSWER_TOKENS = 8192
"""Positions in a batch of evaluation: large enough for full speed, small enough for a laptop's memory."""

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


@torch.inference_mode()
def _answers(network: Model[B, R], codec: Codec[Any, B, R, A], batches: Iterable[B]) -> Iterator[A]:
    device = next(network.parameters()).device
    for batch in batches:
        raw: Any = network.predict(batch.to(device))  # type: ignore[attr-defined]  # every batch class has `to`
        yield from codec.answers(raw.cpu(), batch)
