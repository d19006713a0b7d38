"""Answers in the order of the examples, whatever the batches, by a toy network that answers lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.insight.answering import answer


@dataclass(frozen=True)
class Batch:
    ids: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(self.ids.to(device))


class Lengths:
    """Examples as their lengths; an answer is the row's number doubled, as the network says."""

    def __init__(self, corpus: Corpus[TextExample]) -> None:
        self.lengths = np.array([len(example.tokens) for example in corpus])
        self.cut: list[list[int]] = []

    def batch(self, rows: np.ndarray) -> Batch:
        self.cut.append(rows.tolist())
        return Batch(torch.from_numpy(rows))


class Codec:
    def encode(self, corpus: Corpus[TextExample]) -> Lengths:
        self.dataset = Lengths(corpus)
        return self.dataset

    def answers(self, raw: Tensor, batch: Batch) -> list[int]:
        return raw.tolist()


class Doubler(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(2.0))
        self.modes: list[bool] = []

    def predict(self, batch: Batch) -> Tensor:
        self.modes.append(self.training)
        assert not torch.is_grad_enabled()
        return batch.ids * self.factor


def corpus(lengths: list[int]) -> Corpus[TextExample]:
    return Corpus.of(TextExample, [TextExample("", ("x",) * n, (0,) * n, (1,) * n) for n in lengths])


@pytest.mark.parametrize("budget", [1, 7, 20, 10_000])
def test_answers_come_back_in_order(budget: int) -> None:
    lengths = [5, 1, 9, 9, 2, 7, 1, 3, 8, 4]
    codec = Codec()
    assert answer(Doubler(), codec, corpus(lengths), budget) == [2 * row for row in range(len(lengths))]
    for rows in codec.dataset.cut:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= budget
    assert len(codec.dataset.cut) > 1 or budget == 10_000


@pytest.mark.parametrize("training", [True, False])
def test_the_network_answers_without_dropout_and_is_left_as_it_was(training: bool) -> None:
    network = Doubler().train(training)
    answer(network, Codec(), corpus([1, 2]))
    assert network.modes == [False]
    assert network.training is training


def test_a_network_that_fails_is_left_as_it_was() -> None:
    network = Doubler().train()
    network.factor = nn.Parameter(torch.ones(3))
    with pytest.raises(RuntimeError):
        answer(network, Codec(), corpus([1, 2]))
    assert network.training
