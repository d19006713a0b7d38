"""Rows of any format as tagged examples: columns of tokens and tags, or a text with labelled stretches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.examples import TaggedExample
from seqweave.data.formats.contract import Row, Value
from seqweave.data.receipt import Receipt
from seqweave.data.schemes import tags as written
from seqweave.data.source import field
from seqweave.data.tokenizers.contract import Tokenizer

NO_COLUMN = ""
"""Stands for the column of tags of a file without gold."""

TOKEN_COLUMNS = ("form", "tokens", "0")
TAG_COLUMNS = ("upos", "tags", "-1")


def tagged(row: Row, tokens: str | None, column: str | None, receipt: Receipt, tokenizer: Tokenizer) -> TaggedExample:
    """One row as an example.

    Args:
        row: one record.
        tokens: column of the tokens; the format's usual one where not given.
        column: column of the tags; the format's usual one where not given; NO_COLUMN for none.
        receipt: the account of the file.
        tokenizer: splits a text whose stretches are labelled.

    Raises:
        DataError: if the row has no such columns, or they do not fit together.
    """
    place = Place(receipt.file, row.line)
    if tokens is None and "entities" in row.fields:
        return _from_stretches(row, column, place, tokenizer)
    words = _words(row, tokens, receipt, place)
    names = () if column == NO_COLUMN else _words(row, column or _usual(row, TAG_COLUMNS), receipt, place)
    if column != NO_COLUMN and len(names) != len(words):
        raise DataError(
            "E-TAG-02",
            f"there are {len(words)} tokens and {len(names)} tags",
            mend="give every token one tag",
            place=place,
        )
    text, starts = _placed(words, row.fields.get("text"))
    ends = tuple(start + len(word) for start, word in zip(starts, words, strict=True))
    return TaggedExample(text, words, starts, ends, names, place.file, place.line)


def _words(row: Row, column: str | None, receipt: Receipt, place: Place) -> tuple[str, ...]:
    name = column or _usual(row, TOKEN_COLUMNS)
    value = field(row, name, "data.tokens" if column is None else "data.column", receipt)
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, Sequence) or not words:
        raise DataError("E-TAG-03", f"column {name!r} has no token", mend="delete the row", place=place)
    for position, word in enumerate(words):
        if not isinstance(word, str) or not word.strip():
            line = row.lines[position] if row.lines else row.line
            raise DataError(
                "E-TAG-04",
                f"column {name!r} holds {shown(repr(word))} where a word is needed",
                mend="fill it in, or delete the token",
                place=Place(receipt.file, line),
            )
    return tuple(str(word) for word in words)


def _usual(row: Row, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in row.fields), names[-1])


def _placed(words: Sequence[str], text: Value) -> tuple[str, tuple[int, ...]]:
    """The text and where each word begins in it; words joined by spaces where they do not follow one another there."""
    if isinstance(text, str):
        starts, at = [], 0
        for word in words:
            at = text.find(word, at)
            if at < 0:
                break
            starts.append(at)
            at += len(word)
        else:
            return text, tuple(starts)
    joined, starts = " ".join(words), []
    at = 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    return joined, tuple(starts)


def _from_stretches(row: Row, column: str | None, place: Place, tokenizer: Tokenizer) -> TaggedExample:
    """A text and its `entities`, each [start, end, label] in characters; ends of tokens and stretches must agree."""
    text = row.fields.get("text")
    if not isinstance(text, str):
        raise DataError("E-TAG-05", "there are entities but no text", mend='add "text"', place=place)
    tokens = tokenizer.split(text)
    if not tokens.words:
        raise DataError("E-TAG-03", "the text has no token", mend="delete the row", place=place)
    stretches = [] if column == NO_COLUMN else _stretches(row.fields["entities"], text, place)
    begins = {start: i for i, start in enumerate(tokens.starts)}
    stops = {end: i + 1 for i, end in enumerate(tokens.ends)}
    found = []
    for start, end, label in stretches:
        if start not in begins or end not in stops:
            raise DataError(
                "E-TAG-06",
                f"{label} covers {shown(text[start:end])!r} ({start} to {end}), which cuts a token in two",
                mend="move its ends to those of words, or set data.tokenizer: {kind: characters}",
                place=place,
            )
        found.append((label, begins[start], stops[end]))
    names = () if column == NO_COLUMN else written(found, len(tokens.words), "iob2")
    return TaggedExample(text, tokens.words, tokens.starts, tokens.ends, names, place.file, place.line)


def _stretches(value: Value, text: str, place: Place) -> list[tuple[int, int, str]]:
    stretches = []
    for item in value if isinstance(value, Sequence) and not isinstance(value, str) else [value]:
        parts = (item.get("start"), item.get("end"), item.get("label")) if isinstance(item, Mapping) else item
        if not isinstance(parts, Sequence) or len(parts) != 3:
            raise _bad_stretch(item, place)
        start, end, label = parts
        if not (type(start) is type(end) is int and isinstance(label, str) and label):
            raise _bad_stretch(item, place)
        if not 0 <= start < end <= len(text):
            raise _bad_stretch(item, place)
        stretches.append((start, end, label))
    stretches.sort()
    for (_, end, label), (start, _, other) in pairwise(stretches):
        if start < end:
            raise DataError("E-TAG-08", f"{label} and {other} overlap at {start}", mend="keep one", place=place)
    return stretches


def _bad_stretch(item: object, place: Place) -> DataError:
    return DataError(
        "E-TAG-07",
        f"{shown(repr(item))} is not a stretch of the text",
        mend="write [start, end, label] with 0 <= start < end <= length of the text",
        place=place,
    )
