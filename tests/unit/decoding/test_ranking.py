from __future__ import annotations

import pytest
import torch

from seqweave.core.errors import InternalError
from seqweave.decoding.ranking import BLOCK, ranked


def slow(row: list[float], count: int) -> list[int]:
    return sorted(range(len(row)), key=lambda i: (-row[i], i))[:count]


@pytest.mark.parametrize("size", [1, 7, 2 * BLOCK, 20 * BLOCK, 20 * BLOCK + 5, 100 * BLOCK - 1])
@pytest.mark.parametrize("kinds", [3, 1000])
def test_ranked_is_a_stable_sort(size: int, kinds: int) -> None:
    """With few kinds of numbers nearly all are equal, within blocks and between them."""
    torch.manual_seed(0)
    for values in (
        torch.randint(kinds, (4, size)).float(),
        torch.randint(kinds, (4, size)).double().masked_fill(torch.rand(4, size) < 0.9, float("-inf")),
    ):
        for count in {1, min(4, size), min(9, size)}:
            best, places = ranked(values, count)
            assert places.tolist() == [slow(row, count) for row in values.tolist()]
            assert torch.equal(best, values.gather(1, places))


def test_rows_that_are_no_block_in_memory() -> None:
    values = torch.arange(40 * BLOCK).float().view(2, 20 * BLOCK).flip(1)
    assert ranked(values[:, 3:], 2)[1].tolist() == [[0, 1], [0, 1]]
    assert ranked(values.T.contiguous().T, 2)[1].tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize("size", [9, 20 * BLOCK])
def test_what_is_no_number_is_refused(size: int) -> None:
    values = torch.zeros(2, size)
    values[1, 4] = float("nan")
    with pytest.raises(InternalError, match="E-SEARCH-06"):
        ranked(values, 3)
