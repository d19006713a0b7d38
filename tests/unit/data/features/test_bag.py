from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.features.bag import BagConfig

from .strings import strings

ROWS = st.lists(st.lists(st.sampled_from(["a", "b", "A", "我"]), max_size=6), max_size=6)


def ngrams(row: list[str], order: int) -> set[tuple[str, ...]]:
    return {tuple(row[at : at + size]) for size in range(1, order + 1) for at in range(len(row) - size + 1)}


@settings(deadline=None)
@given(ROWS, ROWS, st.integers(1, 4), st.integers(1, 3), st.none() | st.integers(1, 5), st.booleans())
def test_agrees_with_sets(
    training: list[list[str]],
    new: list[list[str]],
    order: int,
    least: int,
    largest: int | None,
    lowercase: bool,
) -> None:
    feature = BagConfig(order=order, min_count=least, max_size=largest, lowercase=lowercase).fit(strings(training))
    bag = feature.column(strings(new)).ids
    if lowercase:
        training, new = ([[token.lower() for token in row] for row in rows] for rows in (training, new))
    held = Counter(ngram for row in training for ngram in ngrams(row, order))
    every = {ngram for ngram in held if held[ngram] >= least}
    kept = {feature.ngram(number) for number in range(2, feature.size.count)}
    assert kept <= every
    assert len(kept) == feature.size.count - 2 == min(len(every), largest or len(every))
    for ngram in every - kept:
        assert all((held[other], -len(other)) >= (held[ngram], -len(ngram)) for other in kept)
    for number in range(2, feature.size.count):
        assert feature.size.counts[number] == held[feature.ngram(number)]
    assert [{feature.ngram(number) for number in bag[row].tolist()} for row in range(len(new))] == [
        ngrams(row, order) & kept for row in new
    ]


def test_padding_and_unknown_are_no_ngrams() -> None:
    feature = BagConfig().fit(strings([["a"], ["a"]]))
    assert (feature.ngram(0), feature.ngram(1), feature.ngram(2)) == ((), (), ("a",))


def test_state_of_another_order_is_refused() -> None:
    state = BagConfig(order=3).fit(strings([["a", "b"]])).to_json()
    with pytest.raises(DataError, match="order 2"):
        BagConfig(order=2).restore(state)


def test_foreign_counts_are_refused() -> None:
    config = BagConfig(order=1, min_count=1)
    state = config.fit(strings([["a", "b"]])).to_json()
    with pytest.raises(DataError, match="counts"):
        config.restore(state | {"counts": [0, 0, 1]})
