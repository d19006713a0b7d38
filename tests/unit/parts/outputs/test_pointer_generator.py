"""The pointer-generator beside its laws: what it needs, the price of coverage, and words seen nowhere."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from seqweave.core.errors import RecipeError
from seqweave.layers.generation import DECODERS, OUTPUTS, CopyMemory, Decoded, MemorySizes

SOURCE = torch.tensor([[4, 7, 4]])


def built(coverage_weight: float = 0.0):
    torch.manual_seed(0)
    decoder = DECODERS["attention"](hidden=3).build(2, MemorySizes(3, 2))
    return OUTPUTS["pointer-generator"](coverage_weight=coverage_weight).build(decoder, 2, nn.Embedding(7, 2), False)


def read(attention: list[list[float]]) -> tuple[Decoded, CopyMemory]:
    time = len(attention)
    decoded = Decoded(torch.randn(1, time, 3), torch.tensor([attention]), torch.randn(1, time, 2))
    return decoded, CopyMemory(torch.randn(1, 3, 3), torch.randn(1, 3, 2), torch.randn(1, 3), SOURCE != 0, SOURCE, 1)


def test_it_needs_a_decoder_that_attends():
    decoder = DECODERS["vector"](hidden=3).build(2, MemorySizes(3, 2))
    with pytest.raises(RecipeError, match=r"does not attend.*E-DECODER-02"):
        OUTPUTS["pointer-generator"]().build(decoder, 2, nn.Embedding(7, 2), False)


def test_coverage_costs_what_was_looked_at_before():
    attention = [[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [1.0, 0.0, 0.0]]
    before = [[0.0, 0.0, 0.0], [0.5, 0.25, 0.25], [0.75, 1.0, 0.25]]
    wanted = sum(
        min(a, b) for row, old in zip(attention[:2], before[:2], strict=True) for a, b in zip(row, old, strict=True)
    )
    loss = built(2.0).loss(*read(attention), torch.tensor([[4, 7, 0]]))
    assert loss.parts["coverage"].item() == pytest.approx(2 * wanted)


def test_a_word_that_cannot_be_written_costs_much_and_not_infinitely():
    """Its source word is not looked at, and the vocabulary lacks it."""
    decoded, memory = read([[0.5, 0.0, 0.5]])
    output = built()
    assert output(decoded, memory)[0, 0, 7] == -torch.inf
    loss = output.loss(decoded, memory, torch.tensor([[7]])).total
    assert 80 < loss.item() < torch.inf
    loss.backward()
    assert all(parameter.grad is None or parameter.grad.isfinite().all() for parameter in output.parameters())
