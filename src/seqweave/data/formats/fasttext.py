"""The fastText format: `__label__a __label__b text`, one document a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # "@format('fasttext')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt


@format("fasttext")
class FastTextFormat(Format):
    """One document a line, its labels in front. Columns: labels (a tuple of at least one), text."""

    prefix: str = Field(default="__label__", min_length=1)
    """What a label begins with."""

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the documents as rows.

        Raises:
            DataError: if the file holds only blank lines.
        """
        for number, text in lines(path, encoding, receipt):
            if not text.strip():
                receipt.count("blank")
                continue
            place = Place(receipt.file, number)
            labels, document = self._parted(text)
            if not labels:
                what = f"the line has no label in front ({shown(text, 30)!r})"
                mend = f"begin it with {self.prefix} and the label"
                receipt.refuse(DataError("E-FASTTEXT-01", what, mend=mend, place=place))
            elif "" in labels:
                what, mend = f"{self.prefix} stands there without a name", "write the label right after it"
                receipt.refuse(DataError("E-FASTTEXT-02", what, mend=mend, place=place))
            elif not document:
                what, mend = "no text follows the labels", "add the text, or delete the line"
                receipt.refuse(DataError("E-FASTTEXT-03", what, mend=mend, place=place))
            else:
                if self.prefix in document:
                    receipt.notice("W-FASTTEXT-01", "a label after the first word is read as text", number)
                receipt.count("used")
                yield Row(number, {"labels": labels, "text": document})
        if receipt.without_records:
            what, mend = "the file holds only blank lines", "check that it was written"
            raise DataError("E-FASTTEXT-04", what, mend=mend, place=Place(receipt.file))

    def _parted(self, text: str) -> tuple[tuple[str, ...], str]:
        labels, rest = [], text.strip()
        while rest.startswith(self.prefix):
            label, *following = rest.split(maxsplit=1)
            labels.append(label.removeprefix(self.prefix))
            rest = following[0] if following else ""
        return tuple(labels), rest

    @classmethod
    def suits(cls, name: str, head: str) -> float:  # noqa: ARG003  # part of the contract
        """Sure where the first line begins with a label."""
        return 0.97 if head.lstrip().startswith("__label__") else 0.0
