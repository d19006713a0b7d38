"""Perplexity and bits a character: against their definitions, and what they do not depend on."""

from __future__ import annotations

import numpy as np
import pytest

from seqweave.metrics.perplexity import LARGEST, bits_per_character, characters, perplexity, unknown_share

NATS = np.array([-3.0, -8.0, -1.0])
TOKENS = np.array([3, 4, 1])


def test_perplexity_is_the_inverse_geometric_mean_of_the_probabilities():
    chances = [0.5, 0.25, 0.125, 0.5]
    found = perplexity(np.log([[0.5 * 0.25], [0.125 * 0.5]]).ravel(), np.array([2, 2]), "v")
    assert found.value == pytest.approx(np.prod(chances) ** (-1 / 4))
    assert not found.higher_is_better
    assert not found.percent


def test_a_uniform_guess_has_the_perplexity_of_its_choices():
    assert perplexity(np.array([10 * np.log(1 / 7)]), np.array([10]), "").value == pytest.approx(7)


def test_texts_weigh_as_much_as_they_have_tokens():
    whole = perplexity(NATS.sum(keepdims=True), TOKENS.sum(keepdims=True), "")
    assert perplexity(NATS, TOKENS, "").value == pytest.approx(whole.value)


def test_intervals_hold_the_value_and_the_signature_names_the_vocabulary():
    generator = np.random.default_rng(0)
    found = perplexity(-generator.uniform(1, 5, 50) * 10, np.full(50, 10), "abc")
    interval = found.interval()
    assert interval.low < found.value < interval.high
    assert found.signature.endswith("vocabulary:abc")


def test_an_impossible_text_has_a_finite_perplexity():
    assert np.isfinite(perplexity(np.array([-1e9]), np.array([1]), "").value)
    assert perplexity(np.array([-1e9]), np.array([1]), "").value == pytest.approx(np.exp(LARGEST))
    assert perplexity(np.zeros(0), np.zeros(0), "").value == 1


def test_bits_are_of_characters_however_the_text_is_cut():
    assert bits_per_character(NATS, np.array([10, 20, 5])).value == pytest.approx(12 / np.log(2) / 35)
    assert characters("我们\n在") == 2 + 1 + 1 + 1
    assert characters("  a   b ") == characters("a b") == 4


def test_unknown_tokens_are_a_share():
    assert unknown_share(np.array([1, 0]), np.array([4, 4])).value == 12.5
