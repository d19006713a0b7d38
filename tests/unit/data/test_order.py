import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.order import FEW_POSITIONS, batches, by_length, padding_share, restored, shard

quick = settings(max_examples=50, deadline=None)
some_lengths = st.lists(st.integers(0, 40), max_size=60).map(lambda values: np.array(values, np.int64))
budgets = st.integers(1, 100)


def cost(lengths, rows):
    return len(rows) * max(lengths[rows].max(), 1)


def greedy(lengths, batch_tokens, batch_rows, alike=0.0):
    """The same cut, one row at a time."""
    cut = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        fits = cut and len(cut[-1]) < batch_rows and cost(lengths, [*cut[-1], row]) <= batch_tokens
        if fits and (
            max(lengths[row], 1) * alike <= max(lengths[cut[-1][0]], 1)
            or cost(lengths, [*cut[-1], row]) <= FEW_POSITIONS
        ):
            cut[-1].append(row)
        else:
            cut.append([row])
    return cut


@quick
@given(some_lengths, budgets, st.integers(0, 2**32), st.integers(0, 99))
def test_every_row_is_seen_once_within_the_budget(lengths, batch_tokens, seed, epoch):
    cut = batches(lengths, batch_tokens, seed, epoch)
    assert sorted(row for rows in cut for row in rows.tolist()) == list(range(len(lengths)))
    assert all(len(rows) == 1 or cost(lengths, rows) <= batch_tokens for rows in cut)


@quick
@given(some_lengths, budgets, st.integers(1, 12))
def test_the_cut_agrees_with_a_greedy_loop(lengths, batch_tokens, batch_rows):
    free, capped = by_length(lengths, batch_tokens), by_length(lengths, batch_tokens, batch_rows=batch_rows)
    assert [rows.tolist() for rows in free] == greedy(lengths, batch_tokens, len(lengths) + 1)
    assert [rows.tolist() for rows in capped] == greedy(lengths, batch_tokens, batch_rows)


@quick
@given(st.lists(st.integers(0, 900), max_size=60), st.integers(1, 9000), st.sampled_from([0.0, 0.5, 0.8, 1.0]))
def test_lengths_that_differ_too_much_share_only_small_batches(values, batch_tokens, alike):
    lengths = np.array(values, np.int64)
    cut = by_length(lengths, batch_tokens, alike=alike)
    assert [rows.tolist() for rows in cut] == greedy(lengths, batch_tokens, len(lengths) + 1, alike)


def test_few_texts_are_not_mostly_padding():
    lengths = natural_lengths(1000)
    assert (
        padding_share(lengths, by_length(lengths, 8192, alike=0.8))
        < padding_share(lengths, by_length(lengths, 8192)) / 2
    )


@quick
@given(some_lengths, budgets, st.integers(0, 9))
def test_answers_come_back_in_the_order_of_the_examples(lengths, batch_tokens, seed):
    cut = batches(lengths, batch_tokens, seed, epoch=0)
    answers = [f"answer {row}" for rows in cut for row in rows]
    assert restored(answers, cut) == [f"answer {row}" for row in range(len(lengths))]


@quick
@given(some_lengths, budgets)
def test_padding_share_agrees_with_counting_cells(lengths, batch_tokens):
    cut = by_length(lengths, batch_tokens)
    cells = [
        position < length for rows in cut for length in lengths[rows] for position in range(max(lengths[rows].max(), 1))
    ]
    assert padding_share(lengths, cut) == pytest.approx(cells.count(False) / len(cells) if cells else 0)


def natural_lengths(count):
    return np.random.default_rng(7).lognormal(2.8, 0.7, count).astype(np.int64) + 1


def as_lists(cut):
    return [rows.tolist() for rows in cut]


def test_order_is_a_pure_function_of_seed_and_epoch():
    lengths = natural_lengths(500)
    first = as_lists(batches(lengths, 300, seed=1, epoch=0))
    assert as_lists(batches(lengths, 300, seed=1, epoch=0)) == first
    assert as_lists(batches(lengths, 300, seed=1, epoch=1)) != first
    assert as_lists(batches(lengths, 300, seed=2, epoch=0)) != first
    assert as_lists(batches(lengths, 300, seed=0, epoch=1)) != first


def test_batches_are_not_seen_from_short_to_long_and_are_mixed_anew_each_epoch():
    lengths = natural_lengths(20_000)
    cut = batches(lengths, 300, seed=1, epoch=0)
    means = np.array([lengths[rows].mean() for rows in cut])
    assert 0.4 < (np.diff(means) > 0).mean() < 0.6
    together = {frozenset(rows) for rows in as_lists(cut) if len(rows) > 1}
    later = {frozenset(rows) for rows in as_lists(batches(lengths, 300, seed=1, epoch=1)) if len(rows) > 1}
    assert len(together & later) < 0.01 * len(together)


def test_length_windows_keep_padding_small():
    lengths = natural_lengths(20_000)
    unsorted = list(np.array_split(np.random.default_rng(1).permutation(20_000), 1200))
    assert padding_share(lengths, batches(lengths, 300, seed=1, epoch=0)) < 0.05 < padding_share(lengths, unsorted) / 5


@quick
@given(st.integers(0, 40), st.integers(1, 9))
def test_shards_part_a_batch_evenly(size, world):
    rows = np.arange(size) * 3
    parts = [shard(rows, rank, world) for rank in range(world)]
    assert sorted(row for part in parts for row in part.tolist()) == rows.tolist()
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
