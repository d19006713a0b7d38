"""The window of a pointer: the banded product beside a slow loop, unknown forms apart, and bounded memory."""

from __future__ import annotations

import math

import pytest
import torch

from seqweave.data.features.contract import UNKNOWN
from seqweave.layers.pointing import Pointed, Window, scores

KNOWN = 8
"""Words of the vocabulary; ids from here on are unknown forms."""


@pytest.mark.parametrize("size", [1, 2, 5, 9, 20])
@pytest.mark.parametrize("time", [1, 4, 9])
def test_scores_are_those_of_a_loop(size, time):
    torch.manual_seed(0)
    queries, keys = torch.randn(2, time, 3).double(), torch.randn(2, size - 1 + time, 3).double()
    words = torch.randint(0, 3, (2, time, size))
    found = scores(queries, Window(queries, keys, words))
    for row in range(2):
        for at in range(time):
            for place in range(size):
                wanted = float(queries[row, at] @ keys[row, at + place]) if words[row, at, place] else -math.inf
                assert float(found[row, at, place]) == pytest.approx(wanted, abs=1e-12)


def test_memory_grows_with_the_window_and_not_with_the_square_of_the_text(monkeypatch):
    largest = 0
    multiply = torch.Tensor.__matmul__

    def watched(one, other):
        nonlocal largest
        found = multiply(one, other)
        largest = max(largest, found.numel())
        return found

    time, size = 1000, 10
    queries, keys, words = torch.randn(1, time, 2), torch.randn(1, size - 1 + time, 2), torch.ones(1, time, size).long()
    monkeypatch.setattr(torch.Tensor, "__matmul__", watched)
    scores(queries, Window(queries, keys, words))
    assert time * size <= largest <= 2 * time * size


def pointed():
    words = torch.tensor([[[4, UNKNOWN, 8, 9, 8, 0]]])
    shares = torch.tensor([[[0.1, 0.05, 0.2, 0.15, 0.1, 0.0]]], dtype=torch.double).log()
    return Pointed(torch.tensor([[0.4]], dtype=torch.double).log(), shares, words)


def test_unknown_forms_are_told_by_the_window_alone_and_all_others_are_one():
    found, vocabulary = pointed(), torch.full((1, 1, KNOWN), 1 / KNOWN).double().log()
    for told, left, given in ((4, 0.4, 0.1), (5, 0.4, 0.0), (8, 0.0, 0.3), (9, 0.0, 0.15), (12, 0.4, 0.0)):
        logs = found.apart(torch.tensor([[told]]), KNOWN)
        assert [float(log.exp()) for log in logs] == pytest.approx([left, given], abs=1e-12), told
    together = found.together(torch.tensor([[UNKNOWN]]), KNOWN).exp()
    assert float(together) == pytest.approx(0.05 + 0.3 + 0.15)
    mixed = found.mixed(vocabulary, 2).exp()[0, 0]
    assert float(mixed.sum()) == pytest.approx(1)
    assert mixed[8:].tolist() == pytest.approx([0.3, 0.15])
    assert float(mixed[UNKNOWN]) == pytest.approx(0.4 / KNOWN + 0.05)


def test_a_form_whose_share_underflows_has_some_probability_still_and_no_gradient_is_lost():
    shares = torch.tensor([[[-5000.0, math.log(0.5)]]]).double().requires_grad_()
    found = Pointed(torch.tensor([[0.5]]).double().log(), shares, torch.tensor([[[8, 4]]]))
    left, given = found.apart(torch.tensor([[8]]), KNOWN)
    assert float(left) == -math.inf
    assert bool(torch.isfinite(given).all())
    given.sum().backward()
    assert bool(torch.isfinite(shares.grad).all())
