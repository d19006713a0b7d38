from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.features.ngrams import NgramsConfig

from .strings import strings

ROWS = st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=5)
EDGE = "|"


def windows(rows: list[list[str]], order: int) -> list[tuple[str, ...]]:
    """The n-gram of every position, with a symbol beyond each sentence's ends."""
    edges, before = [EDGE] * order, (order - 1) // 2
    padded = [edges + row + edges for row in rows]
    return [
        tuple(padded[r][order + at - before : order + at - before + order])
        for r, row in enumerate(rows)
        for at in range(len(row))
    ]


@settings(deadline=None)
@given(ROWS, ROWS, st.sampled_from([(2,), (3,), (2, 3), (4, 2)]), st.integers(1, 3))
def test_equal_ids_are_equal_ngrams(
    training: list[list[str]], new: list[list[str]], orders: tuple[int, ...], least: int
) -> None:
    feature = NgramsConfig(orders=orders, min_count=least).fit(strings(training))
    values = feature.column(strings(new)).values.reshape(-1, len(orders))
    seen: dict[int, tuple[str, ...]] = {}
    known = 0
    for column, order in enumerate(orders):
        counts = Counter(windows(training, order))
        known += sum(count >= least for count in counts.values())
        for number, ngram in zip(values[:, column].tolist(), windows(new, order), strict=True):
            assert (number > 1) == (counts[ngram] >= least)
            assert number == 1 or seen.setdefault(number, ngram) == ngram
            assert number == 1 or feature.size.counts[number] == counts[ngram]
    assert feature.size.count == 2 + known


def test_state_of_other_orders_is_refused() -> None:
    state = NgramsConfig(orders=(2, 3)).fit(strings([["a", "b"]])).to_json()
    with pytest.raises(DataError, match="orders"):
        NgramsConfig(orders=(2,)).restore(state)
