from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.corpus import Ragged
from seqweave.data.features.forms import distinct, head_tail, neighbours, written

IDS = st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=1, max_size=5)


@settings(deadline=None)
@given(IDS, st.integers(-7, 7))
def test_neighbours_agree_with_a_loop(rows: list[list[int]], step: int) -> None:
    ids = np.array([i for row in rows for i in row], np.int64)
    numbers = np.array([number for number, row in enumerate(rows) for _ in row], np.int64)
    slow = [row[at + step] if 0 <= at + step < len(row) else -1 for row in rows for at in range(len(row))]
    assert neighbours(ids, numbers, step, edge=-1).tolist() == slow


@settings(deadline=None)
@given(IDS, st.integers(2, 5))
def test_head_tail_agrees_with_slices(rows: list[list[int]], width: int) -> None:
    rows = [[], *rows]
    ragged = Ragged(np.array([i for row in rows for i in row], np.int64), np.cumsum([0, *map(len, rows)]))
    slow = []
    for number, row in enumerate(rows):
        head = (width + 1) // 2
        kept = row if len(row) <= width else row[:head] + row[len(row) - (width - head) :]
        kept = kept or [min(number, 1)]
        slow.append(kept + [0] * (width - len(kept)))
    assert head_tail(ragged, width).tolist() == slow


@settings(deadline=None)
@given(st.lists(st.integers(-3, 3)))
def test_distinct_agrees_with_a_set(keys: list[int]) -> None:
    assert distinct(np.array(keys, np.int64)).tolist() == sorted(set(keys))


def test_written_zeroes_digits_of_any_script() -> None:
    assert written(["B-52", "٣x"], lowercase=True, zero_digits=True) == ["b-00", "0x"]
    assert written(["B-52"], lowercase=False) == ["B-52"]
