"""Examples: frozen plain values, one class per shape of task. A Corpus stores any of them losslessly.

Fields may be `str`, `int`, `float`, `tuple[str, ...]`, `tuple[int, ...]` or `tuple[float, ...]`; nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from seqweave.core.errors import DataError, Place


@dataclass(frozen=True, slots=True)
class TextExample:
    """A text and its labels.

    Args:
        text: the text as it stood in the file.
        tokens: its tokens, in order.
        starts: where each token begins in `text`, in characters.
        ends: where each token ends in `text`, in characters, exclusive.
        labels: gold labels; none where there is no gold, several only in multi-label tasks.
        source: the file it was read from.
        line: its line there, counted from 1.
    """

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    labels: tuple[str, ...] = ()
    source: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class TaggedExample:
    """A tokenised sentence and one tag per token.

    Args:
        text: the sentence as it stood in the file; tokens joined by spaces where the file holds only tokens.
        tokens: its tokens, in order.
        starts: where each token begins in `text`, in characters.
        ends: where each token ends in `text`, in characters, exclusive.
        tags: gold tags, as many as tokens; none where there is no gold.
        source: the file it was read from.
        line: its line there, counted from 1; where it has several, its first.
        lines: the line of each token; none where all stand on `line`.
    """

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    tags: tuple[str, ...] = ()
    source: str = ""
    line: int = 0
    lines: tuple[int, ...] = ()

    def place(self, position: int) -> Place:
        """Where a token stands."""
        return Place(self.source, self.lines[position] if self.lines else self.line)


@dataclass(frozen=True, slots=True)
class TranslationExample:
    """A source text and the text to be written for it.

    Args:
        text: the source as it stood in the file.
        tokens: its tokens, in order.
        starts: where each token begins in `text`, in characters.
        ends: where each token ends in `text`, in characters, exclusive.
        target: the gold target as it stood in the file; empty where there is no gold.
        target_tokens: its tokens, in order.
        prefix: tokens that an answer must begin with.
        source: the file it was read from; of two aligned files, that of the source side.
        line: its line there, counted from 1.
    """

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    target: str = ""
    target_tokens: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    source: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class DocumentExample:
    r"""A text whose every token is told from those before it.

    Args:
        text: the text as it stood in the file.
        tokens: its tokens, in order; the end of each of its lines but the last is the token "\n".
        starts: where each token begins in `text`, in characters.
        ends: where each token ends in `text`, in characters, exclusive.
        source: the file it was read from.
        line: its line there, counted from 1; where it has several, its first.
    """

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    source: str = ""
    line: int = 0


def sides(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a class of examples that hold its texts: two where one text is written for the other.

    Example:
        >>> sides(TranslationExample)
        ('text', 'target')
    """
    return tuple(field.name for field in fields(kind) if field.name in ("text", "target"))


def spelled(tokens: Sequence[str], glue: str = " ") -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """Tokens as one text, with the characters at which each begins and ends.

    Example:
        >>> spelled(("a", "bc"))
        ('a bc', (0, 2), (1, 4))
    """
    starts, ends, at = [], [], 0
    for token in tokens:
        starts.append(at)
        ends.append(at + len(token))
        at += len(token) + len(glue)
    return glue.join(tokens), tuple(starts), tuple(ends)


def require_characters(text: str) -> None:
    """See that a text can be written down: Python's strings may hold halves of characters, or bytes that are no UTF-8.

    Raises:
        DataError: if it cannot.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        what = (
            f"{text[error.start]!r} at character {error.start + 1} is one half of a character, or a byte not in UTF-8"
        )
        raise DataError("E-TEXT-21", what, mend="give the text in UTF-8", place=Place("text")) from None


def blank(text: str) -> bool:
    r"""Whether nothing of a text can be seen.

    Example:
        >>> blank(" \u200b")
        True
    """
    return not any(character.isprintable() and not character.isspace() for character in text)
