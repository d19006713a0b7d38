"""Which columns of a table hold texts and labels, tokens and tags, or translations: told by names, else by values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.formats.contract import Row, Value
from seqweave.tasks.languages import LANGUAGES
from seqweave.tasks.translation_rows import flat

TEXTS = ("text", "sentence", "review", "content", "comment", "body", "文本", "句子", "评论", "内容")
LABELS = ("label", "labels", "class", "category", "sentiment", "target", "y", "标签", "类别", "情感")
SIDES = (("source", "target"), ("src", "tgt"), ("src", "trg"), ("input", "output"), ("原文", "译文"))
SEPARATORS = (";", "|", ",")
FEW_LABELS = 30
LABEL_SHARE = 0.1
"""A column of labels has few distinct values, or few beside its rows."""
SOUND_SHARE = 0.9
"""From this share of rows on, a column is what it is in them; `seqweave check` tells of the others."""
SEVERAL_SHARE = 0.02
"""From this share of cells that hold a separator on, cells are taken to hold several labels."""


def text_and_label(rows: Sequence[Row], file: str) -> tuple[str, str]:
    """The columns of the text and of the label.

    Raises:
        DataError: if no column looks like labels, or none is left for the text.
    """
    columns = _columns(rows, str)
    lengths = {name: sum(map(len, values)) / len(values) for name, values in columns.items()}
    longest = max(lengths, key=lambda name: lengths[name], default=None)
    text = next((name for name in TEXTS if name in columns), longest)
    counts = {name: _distinct(row.fields.get(name) for row in rows) for name in rows[0].fields if name != text}
    limit = max(FEW_LABELS, LABEL_SHARE * len(rows))
    few = [name for name in counts if 2 <= counts[name] <= limit]
    label = next((name for name in LABELS if name in counts), min(few, key=lambda name: counts[name], default=None))
    if text is None or label is None:
        others = [f"{shown(name)} ({count:,} different)" for name, count in counts.items()]
        seen = ", ".join([shown(text), *others] if text is not None else others)
        raise DataError(
            "E-INIT-04",
            f"no column looks like labels beside the texts (columns: {seen})",
            mend="give the file a column named label",
            place=Place(file, rows[0].line),
        )
    return text, label


def text_column(rows: Sequence[Row], file: str) -> str:
    """The column of the text alone: by its name, else the longest one.

    Raises:
        DataError: if no column holds texts.
    """
    columns = _columns(rows, str)
    longest = max(columns, key=lambda name: sum(map(len, columns[name])) / len(columns[name]), default=None)
    text = next((name for name in TEXTS if name in columns), longest)
    if text is None:
        what, mend = "no column holds texts", "give the file a column named text"
        raise DataError("E-INIT-13", what, mend=mend, place=Place(file, rows[0].line))
    return text


def separator_of(rows: Sequence[Row], label: str) -> str | None:
    """What parts several labels in a column; None where each row has one."""
    cells = [value for row in rows if isinstance(value := row.fields.get(label), str)]
    whole = len(set(cells))
    for separator in SEPARATORS:
        parted = sum(separator in cell for cell in cells)
        names = {name.strip() for cell in cells for name in cell.split(separator)}
        if parted > SEVERAL_SHARE * len(cells) and len(names) < whole:
            return separator
    return None


def tokens_and_tags(rows: Sequence[Row], file: str) -> tuple[str, str]:
    """The columns of the tokens and of the tags: lists as long as each other in nearly all rows, the tags fewer.

    Raises:
        DataError: if there are no two such columns.
    """
    columns = _columns(rows, (str, list, tuple))
    pairs = [(tokens, tags) for tokens in columns for tags in columns if tokens != tags and _agree(rows, tokens, tags)]
    parted = {name: [_words(value) for value in values] for name, values in columns.items()}
    counts = {name: _distinct(word for words in values for word in words) for name, values in parted.items()}
    fitting = [pair for pair in pairs if counts[pair[1]] < counts[pair[0]]]
    if not fitting:
        seen = ", ".join(map(shown, rows[0].fields))
        raise DataError(
            "E-INIT-05",
            f"no two columns hold a list of tokens and a list of as many tags (columns: {seen})",
            mend='write {"tokens": [...], "tags": [...]} or {"text": ..., "entities": [[start, end, label]]}',
            place=Place(file, rows[0].line),
        )
    return min(fitting, key=lambda pair: counts[pair[1]])


def source_and_target(rows: Sequence[Row], file: str) -> tuple[str, str]:
    """The columns of a text and of its translation: named as two sides or two languages, else the two longest ones.

    Of `{"translation": {"zh": ..., "en": ...}}` the names inside are meant. The one that stands first is the source.

    Raises:
        DataError: if there are no two columns of texts.
    """
    texts = _columns([flat(row) for row in rows], str)
    for sides in SIDES:
        if texts.keys() >= set(sides):
            return sides
    # Indonesian's code is left out: a column `id` mostly numbers the rows, and else is found as one of two texts
    languages = [name for name in texts if name != "id" and re.split("[-_]", name.lower())[0] in LANGUAGES]
    lengths = {name: sum(map(len, values)) / len(values) for name, values in texts.items()}
    longest = sorted(texts, key=lambda name: -lengths[name])[:2]
    first, *others = languages if len(languages) == 2 else [name for name in texts if name in longest] or [""]
    if not others:
        seen = ", ".join(map(shown, rows[0].fields))
        raise DataError(
            "E-INIT-12",
            f"no two columns hold a text and its translation (columns: {seen})",
            mend='write {"translation": {"en": ..., "de": ...}}, or two columns with a tab between them',
            place=Place(file, rows[0].line),
        )
    return first, others[0]


def _columns(rows: Sequence[Row], kind: type | tuple[type, ...]) -> Mapping[str, list[Any]]:
    """The columns that hold values of a kind in nearly every row; what others hold is left out."""
    found = {
        name: [value for row in rows if isinstance(value := row.fields.get(name), kind)] for name in rows[0].fields
    }
    return {name: values for name, values in found.items() if len(values) >= SOUND_SHARE * len(rows)}


def _agree(rows: Sequence[Row], tokens: str, tags: str) -> bool:
    """Do two columns hold as many words as each other in nearly every row?"""
    pairs = [(row.fields.get(tokens), row.fields.get(tags)) for row in rows]
    alike = sum(None not in pair and len(_words(pair[0])) == len(_words(pair[1])) for pair in pairs)
    return alike >= SOUND_SHARE * len(rows)


def _words(value: Value) -> list[str]:
    if isinstance(value, list | tuple):
        return list(map(str, value))
    return value.split() if isinstance(value, str) else []


def _distinct(values: Iterable[Value]) -> int:
    return len({str(value) for value in values})
