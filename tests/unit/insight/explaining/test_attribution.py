"""Shares against closed forms, a slow loop over the path, and one text at a time; the gap is what is missing."""

from __future__ import annotations

import math
import sys

import pytest
import torch

from seqweave.core.errors import CommandError
from seqweave.insight.explaining.attribution import (
    SMALL_GAP,
    Attribution,
    Target,
    absence,
    integrated_gradients,
    occlusion,
)

torch.manual_seed(0)
X, BASE = torch.randn(1, 5, 3, dtype=torch.float64), torch.randn(1, 5, 3, dtype=torch.float64)
WEIGHTS = torch.randn(5, 3, dtype=torch.float64)


def curved(vectors):
    """Smooth, and every token acts upon every other."""
    return (vectors * WEIGHTS).sum(dim=(1, 2)).tanh() + vectors.prod(dim=1).sum(dim=1)


def by_hand(margin, steps=300):
    """The integral as a sum over a fine path, one point at a time."""
    total = torch.zeros_like(X)
    for step in range(steps):
        point = (BASE + (step + 0.5) / steps * (X - BASE)).requires_grad_()
        (gradient,) = torch.autograd.grad(margin(point).sum(), point)
        total += gradient / steps
    return ((X - BASE) * total).sum(dim=2)[0]


def test_integrated_gradients_equal_the_integral():
    found = integrated_gradients(curved, X, BASE)
    torch.testing.assert_close(torch.tensor(found.shares, dtype=torch.float64), by_hand(curved), rtol=0, atol=1e-4)
    assert found.complete
    assert found.gap == pytest.approx(abs(sum(found.shares) - float(curved(X) - curved(BASE))), abs=1e-12)
    assert (found.value, found.baseline) == (pytest.approx(float(curved(X))), pytest.approx(float(curved(BASE))))


def test_both_methods_are_exact_where_tokens_only_add_up():
    def margin(vectors):
        return (vectors * WEIGHTS).sum(dim=(1, 2))

    wanted = ((X - BASE) * WEIGHTS).sum(dim=2)[0].tolist()
    for found in (integrated_gradients(margin, X, BASE), occlusion(margin, X, BASE)):
        assert found.shares == pytest.approx(wanted)
        assert found.gap == pytest.approx(0, abs=1e-6)
        assert found.complete


def test_steps_grow_until_the_gap_is_small_and_a_gap_that_stays_is_told():
    def cliff(vectors):
        return (2000 * (vectors - BASE).mean(dim=(1, 2)) / (X - BASE).mean() - 700.3).sigmoid() * 3

    steep, short = integrated_gradients(cliff, X, BASE), integrated_gradients(cliff, X, BASE, last=64)
    assert int(steep.how.split()[0]) > 64
    assert short.how == "64 steps"
    assert not short.complete
    assert short.relative_gap == pytest.approx(short.gap / abs(short.value - short.baseline))
    assert short.relative_gap > SMALL_GAP


def test_occlusion_equals_hiding_one_token_after_another():
    found = occlusion(curved, X, BASE)
    for position, share in enumerate(found.shares):
        hidden = X.clone()
        hidden[0, position] = BASE[0, position]
        assert share == pytest.approx(float(curved(X) - curved(hidden)))


def test_long_texts_are_hidden_in_parts(monkeypatch):
    whole = occlusion(curved, X, BASE)
    monkeypatch.setattr("seqweave.insight.explaining.attribution.POSITIONS", 10)
    assert occlusion(curved, X, BASE).shares == pytest.approx(whole.shares)
    assert integrated_gradients(curved, X, BASE).complete


def test_a_margin_is_a_ratio_of_probabilities():
    probabilities = torch.tensor([[0.7, 0.2, 0.1]], dtype=torch.float64)
    assert Target(-1, 0, 1).margin(probabilities.log()).item() == pytest.approx(math.log(3.5))
    assert Target(-1, 0, -1).margin(probabilities.log()).item() == pytest.approx(math.log(0.7 / 0.3))
    of_tokens = probabilities.log().unsqueeze(1).expand(1, 4, 3)
    assert Target(2, 1, 2).margin(of_tokens).item() == pytest.approx(math.log(2))


def test_an_absence_stays_finite():
    logs = torch.tensor([0.0, -1e-9, -1.0, -90.0])
    assert bool(torch.isfinite(absence(logs)).all())
    assert float(absence(logs)[2]) == pytest.approx(math.log(1 - math.exp(-1)))


def test_nothing_to_explain_has_an_infinite_share_open_or_none():
    assert math.isinf(Attribution("a", (1.0,), 2.0, 2.0, "").relative_gap)
    assert Attribution("a", (0.0,), 2.0, 2.0, "").relative_gap == 0


def test_a_missing_extra_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(CommandError, match=r"pip install 'seqweave\[explain\]'"):
        integrated_gradients(curved, X, BASE)
