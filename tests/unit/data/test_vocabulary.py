from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.vocabulary import RESERVED, UNKNOWN, Vocabulary

WORDS = ["b", "a", "c", "b", "", "我"]
COUNTS = np.array([2, 3, 1, 1, 9, 3])


def test_order_is_by_count_then_string() -> None:
    vocabulary = Vocabulary.of(WORDS, COUNTS)
    assert vocabulary.words == ("a", "b", "我", "c")  # the two counts of b are added


def test_rare_strings_are_unknown_and_counted_so() -> None:
    vocabulary = Vocabulary.of(WORDS, COUNTS, min_count=2, max_size=2)
    assert vocabulary.words == ("a", "b")
    assert vocabulary.counts.tolist() == [0, 3 + 1 + 9, 3, 3]
    assert vocabulary.ids(["我", "b", "", "a"]).tolist() == [UNKNOWN, RESERVED + 1, UNKNOWN, RESERVED]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.integers(0, 5))), st.integers(1, 4), st.integers(1, 5))
def test_agrees_with_a_plain_count(pairs: list[tuple[str, int]], min_count: int, max_size: int) -> None:
    words = [word for word, _ in pairs]
    vocabulary = Vocabulary.of(words, np.array([count for _, count in pairs], np.int64), min_count, max_size)
    plain: Counter[str] = Counter()
    for word, count in pairs:
        plain[word] += count
    known = sorted((word for word in plain if word and plain[word] >= min_count), key=lambda w: (-plain[w], w))
    assert list(vocabulary.words) == known[:max_size]
    assert [vocabulary.counts[number] for number in vocabulary.ids(known[:max_size])] == [
        plain[word] for word in known[:max_size]
    ]
    assert vocabulary.counts.sum() == plain.total()


def test_round_trip() -> None:
    saved = Vocabulary.of(WORDS, COUNTS, min_count=2)
    restored = Vocabulary.restore(json.loads(json.dumps(saved.to_json())))
    assert restored.words == saved.words
    assert restored.counts.tolist() == saved.counts.tolist()
    assert restored.ids(WORDS).tolist() == saved.ids(WORDS).tolist()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"words": "ab", "counts": [0, 0, 1, 1]},
        {"words": ["a", 1], "counts": [0, 0, 1, 1]},
        {"words": ["a", "a"], "counts": [0, 0, 1, 1]},
        {"words": ["a", ""], "counts": [0, 0, 1, 1]},
        {"words": ["a"], "counts": [0, 0]},
        {"words": ["a"], "counts": [0, 0, -1]},
        {"words": ["a"], "counts": [0, 0, True]},
        {"words": ["a"], "counts": [0, 0, 1.0]},
        {"words": ["a"], "counts": [0, 0, 2**70]},
        {"words": [], "counts": []},
    ],
)
def test_malformed_state_is_refused(state) -> None:
    with pytest.raises(DataError, match="E-STATE-01"):
        Vocabulary.restore(state)
