"""Examples: frozen plain values, one class per shape of task. A Corpus stores any of them losslessly.

Fields may be `str`, `int`, `float`, `tuple[str, ...]`, `tuple[int, ...]` or `tuple[float, ...]`; nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass


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
        line: the line of its first token, counted from 1.
    """

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    tags: tuple[str, ...] = ()
    source: str = ""
    line: int = 0
