"""What every task takes from rows: texts and words, or an error that says what stands in their place."""

from __future__ import annotations

import json
from collections.abc import Sequence

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.examples import blank
from seqweave.data.formats.contract import Row
from seqweave.data.source import field
from seqweave.data.tokenizers.contract import Tokenizer, Tokens


def told(value: object) -> str:
    """A value as its file may have it, for messages."""
    return shown(json.dumps(value, ensure_ascii=False))


def text(row: Row, name: str, key: str, file: str) -> str:
    """The text in a column.

    Args:
        row: one record.
        name: the column.
        key: the recipe's key that names it.
        file: the file, for the error's place.

    Raises:
        DataError: if there is no such column, or it holds no text, or nothing that can be seen.
    """
    value, place = field(row, name, key, file), Place(file, row.line)
    if not isinstance(value, str):
        what = f"column {shown(name)!r} holds {told(value)} where a text is needed"
        raise DataError("E-DATA-02", what, mend="write a text in quotes", place=place)
    if blank(value):
        raise DataError("E-DATA-03", "the text is empty", mend="give it a text, or delete the row", place=place)
    return value


def tokenized(value: str, tokenizer: Tokenizer, place: Place) -> Tokens:
    """The tokens of a text.

    Raises:
        DataError: if it has none.
    """
    tokens = tokenizer.split(value)
    if not tokens.words:
        raise DataError("E-DATA-04", f"the text has no token ({told(value)})", mend="delete the row", place=place)
    return tokens


def words(row: Row, name: str, key: str, file: str) -> tuple[str, ...]:
    """The words, or tags, in a column: a list of them, or a text with spaces between them.

    Args:
        row: one record.
        name: the column.
        key: the recipe's key that names it.
        file: the file, for the error's place.

    Raises:
        DataError: if there is no such column, or it holds anything else, or nothing.
    """
    value, place = field(row, name, key, file), Place(file, row.line)
    found = value.split() if isinstance(value, str) else value
    if not isinstance(found, Sequence):
        what = f"column {shown(name)!r} holds {told(value)} where a list of words is needed"
        raise DataError("E-DATA-06", what, mend='write ["one", "word", "each"]', place=place)
    if not found:
        raise DataError("E-DATA-07", f"column {shown(name)!r} is empty", mend="delete the row", place=place)
    kept: list[str] = []
    for position, word in enumerate(found):
        if not isinstance(word, str) or not word.strip():
            at = Place(file, row.lines[position] if row.lines else row.line)
            what = f"column {shown(name)!r} holds {told(word)} where text is needed (entry {position + 1})"
            raise DataError("E-DATA-08", what, mend="write it as text, in quotes, or delete the token", place=at)
        kept.append(word)
    return tuple(kept)
