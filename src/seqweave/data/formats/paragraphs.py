"""Plain text, documents parted by blank lines: books, articles, lyrics as people write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import final

from seqweave.core.errors import DataError, Place
from seqweave.data.blocks import blocks
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # "@format('paragraphs')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt


@format("paragraphs")
@final
class ParagraphsFormat(Format):
    """Documents parted by blank lines. Column: text, the lines of a document with a space between them."""

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the documents as rows; memory is one document.

        Raises:
            DataError: if the file holds only blank lines, or no blank line ends a document within 100,000 lines.
        """
        for block in blocks(lines(path, encoding, receipt), receipt):
            receipt.count("used", len(block.texts))
            yield Row(block.numbers[0], {"text": " ".join(line.strip() for line in block.texts)})
        if receipt.without_records:
            what, mend = "the file holds only blank lines", "check that it was written"
            raise DataError("E-PARAGRAPHS-01", what, mend=mend, place=Place(receipt.file))

    @classmethod
    def suits(cls, name: str, head: str) -> float:  # noqa: ARG003  # part of the contract
        """Never surely: blank lines stand in many files. `seqweave init` looks how many there are."""
        return 0.0
