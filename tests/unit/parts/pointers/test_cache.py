"""The neural cache beside a slow loop over the paper's equations."""

from __future__ import annotations

import math

import pytest
import torch

from seqweave.parts.pointers.cache import CacheConfig

DIM, SIZE = 4, 3
THETA, SHARE = 0.7, 0.25


def test_shares_are_those_of_the_equations():
    torch.manual_seed(0)
    pointer = CacheConfig(window=SIZE, theta=THETA, share=SHARE).build(DIM).eval()
    states, words = torch.randn(8, DIM).double(), [3, 4, 3, 5, 5, 3, 6, 4]
    read = torch.tensor([words])
    found, _ = pointer.look(states.unsqueeze(0), read, read > 0, None)
    for at in range(8):
        # word i was told by the state before it: the first one by none
        places = [place for place in range(1, at + 1) if place > at - SIZE]
        weights = [math.exp(THETA * float(states[at] @ states[place - 1])) for place in places]
        for word in range(3, 8):
            told = [weight for weight, place in zip(weights, places, strict=True) if words[place] == word]
            wanted = SHARE * sum(told) / sum(weights) if places else 0.0
            assert float(found.given(found.words == word)[0, at].exp()) == pytest.approx(wanted, abs=1e-12)
        assert float(found.left[0, at].exp()) == pytest.approx(1 - SHARE if places else 1.0)


def test_a_cache_is_off_while_training_and_before_its_settings_are_chosen():
    assert not CacheConfig().build(DIM).eval().active
    assert not CacheConfig(share=0.1).build(DIM).eval().active
    chosen = CacheConfig(theta=0.3, share=0.1).build(DIM)
    assert chosen.eval().active
    assert not chosen.train().active
    assert not CacheConfig(theta=0.3, share=0.0).build(DIM).eval().active
    assert list(chosen.parameters()) == []
