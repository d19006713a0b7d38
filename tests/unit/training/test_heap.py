"""Freed memory: when it is given back, and that it is."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
import torch

from seqweave.training.heap import GROWTH, SLACK, Heap, malloc_trim

PAGE = resource.getpagesize()
BLOCKS, FLOATS = 200, 2**18
"""A block is a megabyte, so that the C library takes it from its heap once such were freed."""


class System:
    """A kernel that counts pages, and a C library that gives all but some of them back."""

    def __init__(self, folder: Path, least: int) -> None:
        self.statm, self._least, self.calls = folder / "statm", least, 0
        self.hold(0)

    def hold(self, size: int) -> None:
        self.statm.write_text(f"99999999 {size // PAGE} 7 1 0 5 0\n", encoding="ascii")

    def trim(self, kept: int) -> int:
        assert kept == 0
        self.calls += 1
        self.hold(self._least)
        return 1


def test_memory_is_given_back_once_it_is_much(tmp_path: Path) -> None:
    system = System(tmp_path, 300 * PAGE)
    heap = Heap(system.trim, system.statm)
    system.hold(SLACK)
    heap.settle()
    assert (system.calls, heap.resident) == (0, SLACK)
    system.hold(SLACK + PAGE)
    heap.settle()
    assert (system.calls, heap.resident) == (1, 300 * PAGE)


def test_what_is_in_use_is_not_asked_for_again_and_again(tmp_path: Path) -> None:
    system = System(tmp_path, 3 * SLACK)
    heap = Heap(system.trim, system.statm)
    most = int(GROWTH * 3 * SLACK) + SLACK
    for size in (3 * SLACK, 4 * SLACK, most):
        system.hold(size)
        heap.settle()
    assert system.calls == 1
    system.hold(most + PAGE)
    heap.settle()
    assert system.calls == 2


def test_nothing_is_done_where_nothing_is_counted(tmp_path: Path) -> None:
    system = System(tmp_path, 0)
    heap = Heap(system.trim, tmp_path / "absent")
    heap.settle()
    heap.give_back()
    assert system.calls == 0


@pytest.mark.skipif(malloc_trim() is None, reason="the GNU C library alone gives memory back")
def test_gaps_between_blocks_are_given_back() -> None:
    torch.ones(16 * FLOATS)  # freed, it tells the library that blocks of this size belong on its heap
    blocks = [torch.ones(FLOATS) for _ in range(BLOCKS)]
    heap = Heap()
    kept = blocks[1::2]
    before = heap.resident
    del blocks
    held = heap.resident
    heap.give_back()
    freed, size = BLOCKS // 2 * FLOATS * 4, FLOATS * 4
    assert before - heap.resident > freed - 10 * size
    assert held > heap.resident + freed // 2, "the library gave it back by itself: this tests nothing"
    assert all(bool((block == 1).all()) for block in kept)
