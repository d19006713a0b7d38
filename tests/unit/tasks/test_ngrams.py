"""Counted language models, against sums over dictionaries written from the equations."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from seqweave.tasks.ngrams import KneserNey, unigram

SIZE = 7


def text(length, seed):
    generator = np.random.default_rng(seed)
    return np.minimum(generator.geometric(0.4, length), SIZE - 1).astype(np.int64)


def discount(counts):
    once, twice = (sum(count == n for count in counts.values()) for n in (1, 2))
    return once / (once + 2 * twice) if once else 0.5


def slow(train, u, v, w):
    """p(w | u v), from the definitions."""
    three = Counter(zip(train, train[1:], train[2:], strict=False))
    two = Counter((b, c) for _, b, c in three)
    one = Counter(c for _, c in two)

    def order(counts, context, gram, lower):
        inside = {key: count for key, count in counts.items() if key[:-1] == context}
        total = sum(inside.values())
        if not total:
            return lower
        left = discount(counts)
        return max(inside.get(gram, 0) - left, 0) / total + left * len(inside) / total * lower

    lowest = order({(key,): count for key, count in one.items()}, (), (w,), 1 / SIZE)
    return order(three, (u, v), (u, v, w), order(two, (v,), (v, w), lowest))


@pytest.mark.parametrize("length", [3, 5, 40, 300])
def test_trigrams_are_those_of_the_equations(length):
    train, asked = text(length, 1), text(30, 2)
    found = KneserNey(train, SIZE)(asked, (0, 0))
    whole = [0, 0, *asked.tolist()]
    wanted = [slow(train.tolist(), *whole[i : i + 3]) for i in range(len(asked))]
    np.testing.assert_allclose(np.exp(found), wanted, rtol=1e-12)


def test_probabilities_add_up_to_one():
    model = KneserNey(text(200, 3), SIZE)
    for before in [(1, 1), (1, 2), (6, 6), (5, 1)]:
        chances = [np.exp(model(np.array([w]), before))[0] for w in range(SIZE)]
        assert sum(chances) == pytest.approx(1, abs=1e-12)


def test_unigrams_are_counts_and_one_more():
    train, asked = np.array([1, 1, 2]), np.array([1, 2, 5])
    np.testing.assert_allclose(np.exp(unigram(train, asked, SIZE)), [3 / 10, 2 / 10, 1 / 10])


def test_many_tokens_are_told_better_than_by_their_counts_alone():
    rule = defaultdict(lambda: 1, {(1, 2): 3, (2, 3): 1, (3, 1): 2})
    tokens = [1, 2]
    while len(tokens) < 300:
        tokens.append(rule[tokens[-2], tokens[-1]])
    train = np.array(tokens)
    assert KneserNey(train, SIZE)(train, (0, 0)).mean() > unigram(train, train, SIZE).mean() + 0.5
