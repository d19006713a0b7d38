"""The bag's states are its input, its summary a pool of them."""

from __future__ import annotations

import pytest
import torch

from seqweave.parts.encoders.bag import BagConfig

MASK = torch.tensor([[True, True, True], [True, False, False]])


@pytest.mark.parametrize("pool", ["mean", "max"])
def test_states_are_the_input_and_order_is_forgotten(pool) -> None:
    x = torch.randn(2, 3, 4)
    encoder = BagConfig(pool=pool).build(4)
    encoded, turned = encoder(x, MASK), encoder(x[:1].flip(1), MASK[:1])
    assert torch.equal(encoded.states[MASK], x[MASK])
    torch.testing.assert_close(turned.summary, encoded.summary[:1])
    wanted = x[0].mean(dim=0) if pool == "mean" else x[0].amax(dim=0)
    torch.testing.assert_close(encoded.summary[0], wanted)
    torch.testing.assert_close(encoded.summary[1], x[1, 0])
    assert not list(encoder.parameters())
