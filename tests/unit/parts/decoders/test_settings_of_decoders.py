"""What the settings of decoders refuse, and what is safe at the edges."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from seqweave.core.errors import RecipeError
from seqweave.layers.generation import DECODERS, MemorySizes
from seqweave.layers.grid import moved
from seqweave.layers.scores import Alignment


def test_coverage_needs_additive_scores():
    with pytest.raises(ValidationError, match="coverage goes only with score: additive, not dot"):
        DECODERS["attention"](score="dot", coverage=True)


def test_between_needs_two_layers():
    with pytest.raises(ValidationError, match="place: between needs layers: 2 or more"):
        DECODERS["attention"](place="between")


def test_heads_share_equally():
    with pytest.raises(ValidationError, match="hidden \\(10\\) is no multiple of heads \\(4\\)"):
        DECODERS["self-attention"](hidden=10)


def test_dot_needs_states_of_one_size():
    with pytest.raises(RecipeError, match=r"`score: bilinear`.*E-DECODER-01"):
        DECODERS["attention"](score="dot", hidden=8).build(4, MemorySizes(6, 4))


@pytest.mark.parametrize("normalise", ["softmax", "sum"])
def test_weights_are_numbers_whatever_the_scores(normalise):
    """Scores far below and far above 0, and a sentence without a real position."""
    align = Alignment("dot", normalise, 2, 2, coverage=False)
    keys = torch.tensor([[[-1e6, 0.0], [-1e6, 0.0]], [[1e6, 0.0], [-1e6, 0.0]], [[1.0, 0.0], [1.0, 0.0]]])
    mask = torch.tensor([[True, True], [True, True], [False, False]])
    weights = align(torch.tensor([[[1.0, 0.0]]] * 3), keys, mask).squeeze(1)
    assert weights.isfinite().all()
    torch.testing.assert_close(weights[:2], torch.tensor([[0.5, 0.5], [1.0, 0.0]]))


def test_sentences_that_stay_are_told_from_those_that_move():
    assert moved(torch.tensor([[1, 0], [3, 3]]), sentences=2, beam=2) is None
    assert moved(torch.tensor([[2, 3]]), sentences=2, beam=2).tolist() == [1]
    assert moved(torch.tensor([[2], [0]]), sentences=2, beam=2).tolist() == [1, 0]
