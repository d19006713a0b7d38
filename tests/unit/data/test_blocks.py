"""Blocks of lines, against a split of the whole text."""

from __future__ import annotations

import re

import pytest

from seqweave.core.errors import DataError
from seqweave.data import blocks as module
from seqweave.data.blocks import blocks
from seqweave.data.receipt import Receipt

TEXT = "\n\na\nb\n \t\n\n-D- x\nc\n\n-D-\n\nd\n\u3000\n"


def numbered(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.removesuffix("\n").split("\n"), 1))


def test_blocks_are_what_stands_between_blank_lines() -> None:
    receipt = Receipt("some")
    found = [block.texts for block in blocks(iter(numbered(TEXT)), receipt, "-D-")]
    plain = re.split(r"\n(?:[ \t]*\n|-D-.*\n)*", "\n" + TEXT)
    assert [text for block in found for text in block] == [text for text in plain if text]
    assert found == [("a", "b"), ("c",), ("d", "\u3000")]
    assert receipt.counts == {"blank": 6, "border": 2}
    assert sum(receipt.counts.values()) + sum(map(len, found)) == len(numbered(TEXT))


@pytest.mark.parametrize(("end", "closed"), [("", False), ("\n", False), ("\n\n", True)])
def test_the_last_block_says_whether_a_blank_line_follows(end: str, closed: bool) -> None:
    (block,) = blocks(iter(numbered("a" + end)), Receipt("some"))
    assert block.closed == closed


def test_a_gap_in_the_numbers_is_seen() -> None:
    wholes = [block.whole for block in blocks(iter([(1, "a"), (3, "b"), (4, ""), (6, "c")]), Receipt("some"))]
    assert wholes == [False, True]


def test_an_endless_block_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_LIMIT", 3)
    assert len(list(blocks(iter(numbered("a\na\na\n")), Receipt("some")))) == 1
    with pytest.raises(DataError, match=r"some:2: .*\[E-BLOCK-01\]"):
        list(blocks(iter(numbered("\na\na\na\na\n")), Receipt("some")))
