"""Rows of any format as labelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.examples import TextExample, spelled
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.source import field
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.tasks.rows import text, tokenized, told, words


@dataclass(frozen=True)
class LabelReader:
    """Reads one file's rows.

    Args:
        text: column of the text.
        label: column of the labels; `label` or `labels` where not given.
        separator: what parts several labels in one text; None where a row has exactly one label.
        receipt: the account of the file.
        tokenizer: splits texts.
        gold: whether labels are read.
    """

    text: str
    label: str | None
    separator: str | None
    receipt: Receipt
    tokenizer: Tokenizer
    gold: bool = True

    def example(self, row: Row) -> TextExample:
        """One row as an example.

        Raises:
            DataError: if it has no such columns, or they hold no text or no label.
        """
        file = row.file or self.receipt.file
        labels = self._labels(row, file) if self.gold else ()
        if isinstance(row.fields.get("tokens"), list | tuple):
            found = words(row, "tokens", "data.text", file)
            whole, starts, ends = spelled(found)
            return TextExample(whole, found, starts, ends, labels, file, row.line)
        whole = text(row, self.text, "data.text", file)
        tokens = tokenized(whole, self.tokenizer, Place(file, row.line))
        return TextExample(whole, tokens.words, tokens.starts, tokens.ends, labels, file, row.line)

    def _labels(self, row: Row, file: str) -> tuple[str, ...]:
        name = self.label or ("labels" if "labels" in row.fields else "label")
        value = field(row, name, "data.label", file)
        if isinstance(value, str) and self.separator:
            value = [part.strip() for part in value.split(self.separator)]
        several = value if isinstance(value, list | tuple) else [value]
        labels = tuple(dict.fromkeys(label for item in several if (label := self._label(item, row.line))))
        if self.separator is None and len(labels) != 1:
            raise self._not_one(labels, row.line)
        return labels

    def _label(self, value: object, line: int) -> str:
        """A label as text; empty where there is none."""
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str | int | float | None):
            what, mend = f"the label is {told(value)} where text is needed", "write a text, or a list of texts"
            raise DataError("E-LABEL-03", what, mend=mend, place=Place(self.receipt.file, line))
        label = "" if value is None else str(value)
        if label != label.strip():
            what = f"spaces around labels are left out (first: {told(label)})"
            self.receipt.notice("W-LABEL-01", what, line)
        return label.strip()

    def _not_one(self, labels: Sequence[str], line: int) -> DataError:
        place = Place(self.receipt.file, line)
        if not labels:
            return DataError("E-LABEL-01", "the label is empty", mend="fill it in, or delete the row", place=place)
        what = f"there are {len(labels)} labels where one is needed ({shown(', '.join(labels))})"
        return DataError("E-LABEL-04", what, mend="keep one, or set data.multi_label: true", place=place)
