"""Plain text, one document a line: a sentence, a paragraph, or whatever belongs together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import final

from seqweave.core.errors import DataError, Place
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # "@format('lines')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt


@format("lines")
@final
class LinesFormat(Format):
    """One document a line, as in the Penn Treebank's language modelling files. Column: text. Blank lines part nothing.

    Text that is cut into tokens already has spaces between them: `data.tokenizer: {kind: spaces}`.
    """

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the documents as rows.

        Raises:
            DataError: if the file holds only blank lines.
        """
        for number, text in lines(path, encoding, receipt):
            if not text.strip():
                receipt.count("blank")
                continue
            receipt.count("used")
            yield Row(number, {"text": text})
        if receipt.without_records:
            what, mend = "the file holds only blank lines", "check that it was written"
            raise DataError("E-LINES-01", what, mend=mend, place=Place(receipt.file))

    @classmethod
    def suits(cls, name: str, head: str) -> float:  # noqa: ARG003  # part of the contract
        """Never surely: any text file has lines. Tasks that read plain text take it where no other format is sure."""
        return 0.0
