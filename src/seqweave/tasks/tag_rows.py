"""Rows of any format as tagged examples: columns of tokens and tags, or a text with labelled stretches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.examples import TaggedExample, spelled
from seqweave.data.formats.contract import Row, Value
from seqweave.data.schemes import tags as written
from seqweave.data.source import ColumnError, field
from seqweave.data.tokenizers.contract import Tokenizer, Tokens
from seqweave.tasks.rows import text, tokenized, told, words

USUAL = (("form", "upos"), ("0", "-1"), ("tokens", "tags"))
"""Columns of tokens and tags where the recipe names none: of CoNLL-U, of other CoNLL files, of JSON lines."""

Stretch = tuple[int, int, str]


@dataclass(frozen=True)
class TagReader:
    """Reads one file's rows.

    Args:
        tokens: column of the tokens; the format's usual one where not given.
        tags: column of the tags; the format's usual one where not given.
        file: the file, for places.
        tokenizer: splits texts whose stretches are labelled.
        gold: whether tags are read.
    """

    tokens: str | None
    tags: str | None
    file: str
    tokenizer: Tokenizer
    gold: bool = True

    def example(self, row: Row) -> TaggedExample:
        """One row as an example.

        Raises:
            DataError: if it has no such columns, or they do not fit together.
        """
        usual = next((pair for pair in USUAL if pair[0] in row.fields), None)
        if self.tokens is None and usual is None and ("entities" in row.fields or not self.gold):
            return self._from_text(row)
        token_column, tag_column = usual or USUAL[-1]
        token_column, tag_column = self.tokens or token_column, self.tags or tag_column
        found = words(row, token_column, "data.tokens", self.file)
        tags = self._tags(row, tag_column, found) if self.gold else ()
        if tags and row.value(tag_column) is row.value(token_column):
            what, mend = f"column {token_column} is of the tokens; there is none of tags", "set data.column"
            raise ColumnError("E-TAG-09", what, mend=mend, place=Place(self.file, row.line))
        whole, starts, ends = _placed(found, row.fields.get("text"))
        return TaggedExample(whole, found, starts, ends, tags, self.file, row.line, tuple(row.lines))

    def _tags(self, row: Row, column: str, found: tuple[str, ...]) -> tuple[str, ...]:
        tags, place = words(row, column, "data.column", self.file), Place(self.file, row.line)
        if len(tags) != len(found):
            what = f"there are {len(found)} tokens and {len(tags)} tags"
            raise DataError("E-TAG-02", what, mend="give every token one tag", place=place)
        return tags

    def _from_text(self, row: Row) -> TaggedExample:
        """A text, and its `entities` as tags; their ends must be ends of tokens."""
        whole, place = text(row, "text", "data.tokens", self.file), Place(self.file, row.line)
        tokens = tokenized(whole, self.tokenizer, place)
        tags: tuple[str, ...] = ()
        if self.gold:
            stretches = _stretches(field(row, "entities", "data.column", self.file), whole, place)
            spans = [_span(stretch, whole, tokens, place) for stretch in stretches]
            tags = written(spans, len(tokens.words), "iob2")
        return TaggedExample(whole, tokens.words, tokens.starts, tokens.ends, tags, self.file, row.line)


def _placed(found: Sequence[str], whole: Value) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The text and where each word stands in it; joined by spaces where they do not follow one another there."""
    starts, at = [], 0
    for word in found if isinstance(whole, str) else ():
        at = str(whole).find(word, at)
        if at < 0:
            break
        starts.append(at)
        at += len(word)
    if isinstance(whole, str) and len(starts) == len(found):
        return whole, tuple(starts), tuple(start + len(word) for start, word in zip(starts, found, strict=True))
    return spelled(found)


def _span(stretch: Stretch, whole: str, tokens: Tokens, place: Place) -> tuple[str, int, int]:
    """A stretch of characters as one of tokens."""
    start, end, label = stretch
    if start not in tokens.starts or end not in tokens.ends:
        raise DataError(
            "E-TAG-06",
            f"{shown(label)} covers {shown(whole[start:end])!r} ({start} to {end}), which cuts a token in two",
            mend="move its ends to those of words, or set data.tokenizer: {kind: characters}",
            place=place,
        )
    return label, tokens.starts.index(start), tokens.ends.index(end) + 1


def _stretches(value: Value, whole: str, place: Place) -> list[Stretch]:
    """The labelled stretches in order."""
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    stretches = sorted(_stretch(item, whole, place) for item in items)
    for (_, end, label), (start, _, other) in pairwise(stretches):
        if start < end:
            what = f"{shown(label)} and {shown(other)} overlap at character {start}"
            raise DataError("E-TAG-08", what, mend="keep one of them", place=place)
    return stretches


def _stretch(item: object, whole: str, place: Place) -> Stretch:
    parts = [item.get(name) for name in ("start", "end", "label")] if isinstance(item, Mapping) else item
    match parts:
        case [int(start), int(end), str(label)] if (
            label and type(start) is type(end) is int and 0 <= start < end <= len(whole)
        ):
            return start, end, label
    raise DataError(
        "E-TAG-07",
        f"{told(item)} is not a stretch of the text",
        mend="write [start, end, label], in characters: 0 <= start < end <= length of the text",
        place=place,
    )
