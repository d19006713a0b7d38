"""Blocks of lines parted by blank lines: how the column formats write sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seqweave.core.errors import DataError, Place
from seqweave.data.receipt import Receipt

BLOCK_LIMIT = 100_000
"""Longest block, in lines; it bounds the memory that a file without blank lines can take."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines without a blank one between them.

    Args:
        numbers: line numbers, from 1. At least one.
        texts: the lines themselves.
        closed: False where the file ends without a blank line after the block.
    """

    numbers: tuple[int, ...]
    texts: tuple[str, ...]
    closed: bool = True

    @property
    def whole(self) -> bool:
        """False where a line inside could not be read, so that a token is missing."""
        return self.numbers[-1] - self.numbers[0] + 1 == len(self.numbers)


def blocks(numbered: Iterator[tuple[int, str]], receipt: Receipt, border: str | None = None) -> Iterator[Block]:
    """Stream the blocks of a file; blank lines and borders are accounted for here, all others by the caller.

    Args:
        numbered: lines with their numbers.
        receipt: the account of the file.
        border: a line that begins with this parts blocks too, and is counted as "border".

    Raises:
        DataError: if a block is longer than 100,000 lines.
    """
    numbers: list[int] = []
    texts: list[str] = []
    for number, text in numbered:
        blank = not text.strip(" \t")
        if not blank and (border is None or not text.startswith(border)):
            numbers.append(number)
            texts.append(text)
            if len(texts) > BLOCK_LIMIT:
                raise _endless(Place(receipt.file, numbers[0]))
            continue
        receipt.count("blank" if blank else "border")
        if texts:
            yield Block(tuple(numbers), tuple(texts))
            numbers, texts = [], []
    if texts:
        yield Block(tuple(numbers), tuple(texts), closed=False)


def _endless(place: Place) -> DataError:
    return DataError(
        "E-BLOCK-01",
        f"lines that belong together begin here, and no blank line ends them within {BLOCK_LIMIT:,} lines",
        mend="part sentences, or documents, by blank lines; or name the right data.format",
        place=place,
    )
