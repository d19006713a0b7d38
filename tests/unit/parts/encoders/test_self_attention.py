"""Positions and settings of the Transformer encoder."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from seqweave.core.errors import DataError
from seqweave.parts.encoders.self_attention import SelfAttentionConfig


def small(**settings: object) -> SelfAttentionConfig:
    return SelfAttentionConfig(**{"hidden": 8, "heads": 2, "feed_forward": 8, "layers": 1, **settings})


def test_heads_must_share_the_size_equally() -> None:
    with pytest.raises(ValidationError, match=r"hidden \(8\) is no multiple of heads \(3\)"):
        small(heads=3)


def test_a_text_beyond_the_learned_positions_is_refused() -> None:
    encoder = small(positions="learned", limit=4).build(3)
    encoder(torch.randn(1, 4, 3), torch.ones(1, 4, dtype=torch.bool))
    with pytest.raises(DataError, match=r"5 positions, but the model has learned only 4.*limit.*sinusoidal.*E-ENC-01"):
        encoder(torch.randn(1, 5, 3), torch.ones(1, 5, dtype=torch.bool))


def test_sinusoids_have_no_limit_and_no_weights() -> None:
    encoder = small(limit=4).build(3)
    encoder(torch.randn(1, 9, 3), torch.ones(1, 9, dtype=torch.bool))
    assert not list(encoder.positions.parameters())


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_order_matters(positions) -> None:
    torch.manual_seed(0)
    encoder = small(positions=positions).build(3).eval()
    x, mask = torch.randn(1, 4, 3), torch.ones(1, 4, dtype=torch.bool)
    assert not torch.allclose(encoder(x, mask).summary, encoder(x.flip(1), mask).summary, atol=1e-3)


def test_every_position_sees_every_other() -> None:
    torch.manual_seed(0)
    encoder = small().build(3).eval()
    for t in range(4):
        x = torch.randn(1, 4, 3, requires_grad=True)
        encoder(x, torch.ones(1, 4, dtype=torch.bool)).states[0, t].sin().sum().backward()
        assert (x.grad[0].abs().sum(dim=-1) > 0).all()


def test_words_are_seen_beside_their_positions_however_small_they_begin() -> None:
    torch.manual_seed(0)
    encoder = small().build(3).eval().double()
    x, mask = torch.randn(1, 4, 3, dtype=torch.float64), torch.ones(1, 4, dtype=torch.bool)
    assert torch.allclose(encoder(x, mask).states, encoder(0.1 * x, mask).states, atol=0.02)
