from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.features.pairs import PairTable

PAIRS = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 3)), max_size=30)


@settings(deadline=None)
@given(PAIRS, PAIRS, st.integers(1, 3))
def test_agrees_with_a_dictionary(training: list[tuple[int, int]], wanted: list[tuple[int, int]], least: int) -> None:
    left, right = np.array(training, np.int64).reshape(-1, 2).T
    table = PairTable.of(left, right, 4, least)
    counts = Counter(pair for pair in training if min(pair) >= 0)
    ranks = {pair: rank for rank, pair in enumerate(sorted(pair for pair in counts if counts[pair] >= least))}
    left, right = np.array(wanted, np.int64).reshape(-1, 2).T
    assert table.find(left, right).tolist() == [ranks.get(pair, -1) for pair in wanted]
    assert [table.pair(rank) for rank in range(len(table))] == list(ranks)


@pytest.mark.parametrize("keys", [[1, 1], [2, 1], [-1], [6], ["1"], [True], None])
def test_malformed_keys_are_refused(keys) -> None:
    with pytest.raises(DataError, match="E-STATE-01"):
        PairTable.restore({"keys": keys}, lefts=2, base=3)
