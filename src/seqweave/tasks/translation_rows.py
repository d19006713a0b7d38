"""Rows of any format as pairs of a source and a target text, with a counted warning of pairs that look wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from seqweave.core.errors import Place, shown
from seqweave.data.examples import TranslationExample
from seqweave.data.formats.contract import Row, Value
from seqweave.data.han import swapped
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.tasks.rows import text, tokenized

RATIO_LIMIT = 9
"""How many times as many tokens as its other side a text may have before it is told of."""
NESTED = "translation"
"""The column that holds both texts by language, as in the translation sets of the Hugging Face hub."""


def flat(row: Row) -> Row:
    """The row with the texts of its column `translation`, if it has one by language, as columns of their own.

    Example:
        >>> dict(flat(Row(1, {"translation": {"zh": "好", "en": "good"}})).fields)
        {'zh': '好', 'en': 'good'}
    """
    nested = row.fields.get(NESTED)
    if not isinstance(nested, Mapping):
        return row
    others = {name: value for name, value in row.fields.items() if name != NESTED}
    return Row(row.line, {**others, **cast(Mapping[str, Value], nested)}, row.lines, row.file)


@dataclass(frozen=True)
class TranslationReader:
    """Reads one file's rows.

    Args:
        source: column of the source text, such as its language.
        target: column of the target text.
        receipt: the account of the file.
        tokenizer: splits source texts, and its target side target texts.
        gold: whether there must be a target; without, one is taken where there is one, and is not split.
    """

    source: str
    target: str
    receipt: Receipt
    tokenizer: Tokenizer
    gold: bool = True

    def example(self, row: Row) -> TranslationExample:
        """One row as an example.

        Raises:
            DataError: if it has no such columns, or one of them holds no text, or nothing that can be seen.
        """
        row, file = flat(row), row.file or self.receipt.file
        source = text(row, self.source, "data.source", file)
        place = Place(file, row.line)
        found = tokenized(source, self.tokenizer, place)
        if not self.gold:
            given = row.fields.get(self.target)
            target = given if isinstance(given, str) else ""
            return TranslationExample(source, found.words, found.starts, found.ends, target, source=file, line=row.line)
        target = text(row, self.target, "data.target", file)
        written = tokenized(target, self.tokenizer.target, place).words
        self._compare(source, target, row.line)
        self._compare_lengths(len(found.words), len(written), row.line)
        return TranslationExample(
            source, found.words, found.starts, found.ends, target, written, source=file, line=row.line
        )

    def _compare(self, source: str, target: str, line: int) -> None:
        """Count a pair whose sides are the same text, or have changed places."""
        if source.strip() == target.strip():
            what = f"source and target are the same text (first: {shown(source, 30)!r})"
            self.receipt.notice("W-PAIR-01", what, line)
        elif swapped(self.source, self.target, source, target):
            what = f"source and target seem to be swapped (first: {shown(source, 30)!r})"
            self.receipt.notice("W-PAIR-02", what, line)

    def _compare_lengths(self, source: int, target: int, line: int) -> None:
        """Count a pair of which one side is much longer."""
        if max(source, target) > RATIO_LIMIT * min(source, target):
            first = f"(first: {source} and {target})"
            what = f"one side has more than {RATIO_LIMIT} times as many tokens as the other {first}"
            self.receipt.notice("W-PAIR-03", what, line)
