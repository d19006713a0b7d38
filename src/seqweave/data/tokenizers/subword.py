"""Tokenizers that cut words into trained pieces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, final

from seqweave.data.tokenizers.contract import Tokenizer, Tokens
from seqweave.data.tokenizers.pieces import MARKER, Pieces
from seqweave.data.tokenizers.scripts import marks

_WORD = re.compile(rf"(\s?)([\w{marks()}]++|[^\s\w])")
"""A word that is cut, and the space before it: a run of letters, digits and marks, Han characters too; any other
character that is no space is a word by itself."""


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs, the marker in front of those that begin a text or follow a space."""
    found = Counter(chain.from_iterable(_WORD.findall(f" {text}") for text in texts))
    counts: Counter[str] = Counter()
    for (space, word), count in found.items():
        counts[MARKER + word if space else word] += count
    return counts


@final
class SubwordTokenizer(Tokenizer):
    """Cuts a text into words, and those into pieces.

    The first piece of a word that follows a space is marked with `▁` (U+2581), so that tokens joined and `▁` read as
    a space give the text back, up to the kind and number of spaces.

    Args:
        pieces: the trained model.
    """

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    def split(self, text: str) -> Tokens:
        """The pieces of a text; none for an empty or blank one."""
        cut = self._pieces.cut
        found = [
            (form, at + start, at + end)
            for match in _WORD.finditer(f" {text}")
            for at in [match.start(2) - 1]
            for form, start, end in cut(match[2], bool(match[1]))
        ]
        return Tokens(
            tuple([form for form, _, _ in found]),
            tuple([start for _, start, _ in found]),
            tuple([end for _, _, end in found]),
        )

    def join(self, tokens: Sequence[str]) -> str:
        """Pieces end to end, a space where a mark stood; a piece that is nothing but the mark is that character."""
        return "".join([_unmarked(token) for token in tokens]).removeprefix(" ")

    @property
    def target(self) -> Tokenizer:
        """Itself."""
        return self

    def to_json(self) -> dict[str, Any]:
        """The library's own description, as in a `tokenizer.json`."""
        return self._pieces.to_json()


def _unmarked(piece: str) -> str:
    return " " + piece[1:] if len(piece) > 1 and piece.startswith(MARKER) else piece
