"""Windows of a stream: against the stream written out, and against the draws of the paper's program."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from seqweave.data.corpus import Ragged
from seqweave.data.features.contract import END
from seqweave.data.streams import TokenStream, borders, cut


def stream(lengths, seed=0):
    generator = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = generator.integers(0, 7, offsets[-1]).astype(np.int32)
    ids = np.arange(10, 17)
    whole = [number for a, b in pairwise(offsets) for number in [*ids[values[a:b]], END]]
    return TokenStream(Ragged(values, offsets), ids), np.array(whole)


@pytest.mark.parametrize("lengths", [[1], [3, 1, 4], [0, 2, 0, 0, 1], [5] * 9])
def test_any_window_is_a_stretch_of_the_whole(lengths) -> None:
    tokens, whole = stream(lengths)
    assert len(tokens) == len(whole)
    for start in range(len(whole)):
        for stop in range(start + 1, len(whole) + 1):
            assert tokens.ids(start, stop).tolist() == whole[start:stop].tolist()
            if start == 0:
                assert tokens.ids(-1, stop).tolist() == [END, *whole[:stop]]


def test_a_position_knows_its_text() -> None:
    lengths = [3, 0, 2]
    tokens, whole = stream(lengths)
    owners = [text for text, length in enumerate(lengths) for _ in range(length + 1)]
    assert [tokens.text_at(position) for position in range(len(whole))] == owners
    starts, stops = tokens.bounds(np.arange(3))
    assert starts.tolist() == [0, 4, 5]
    assert stops.tolist() == [4, 5, 8]


def test_what_is_read_is_told_one_later() -> None:
    tokens, whole = stream([3, 4, 2])
    inputs, targets = tokens.windows(np.array([0, 5]), np.array([4, 8]))
    assert targets[0].tolist() == whole[:4].tolist()
    assert inputs[0].tolist() == [END, *whole[:3]]
    assert inputs[1].tolist() == [*whole[4:7], 0]
    assert targets[1].tolist() == [*whole[5:8], 0]


@pytest.mark.parametrize(("total", "streams"), [(10, 3), (7, 7), (100, 1), (12, 4)])
def test_streams_are_equally_long_and_leave_nothing(total, streams) -> None:
    found = borders(total, streams)
    assert (found[0], found[-1]) == (0, total)
    sizes = np.diff(found)
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("longest", [1, 2, 3, 70, 71, 72, 1000])
@pytest.mark.parametrize("vary", [False, True])
def test_every_position_is_in_one_window(longest, vary) -> None:
    windows = cut(longest, 35, vary=vary, seed=3, epoch=2)
    assert [start for start, _ in windows] == [0, *(stop for _, stop in windows[:-1])]
    assert windows[-1][1] == longest
    assert all(stop - start >= 2 for start, stop in windows) or longest == 1
    assert windows == cut(longest, 35, vary=vary, seed=3, epoch=2)


def test_lengths_are_drawn_as_the_paper_draws_them() -> None:
    sizes = np.array([stop - start for start, stop in cut(70 * 4000, 70, vary=True, seed=1)][:-1])
    assert cut(7000, 70, vary=True, seed=1) != cut(7000, 70, vary=True, seed=1, epoch=1)
    half = sizes < 52
    assert half.mean() == pytest.approx(0.05, abs=0.01)
    assert sizes[~half].mean() == pytest.approx(70, abs=0.5)
    assert sizes[~half].std() == pytest.approx(5, abs=0.3)
    assert sizes[half].mean() == pytest.approx(35, abs=2)
