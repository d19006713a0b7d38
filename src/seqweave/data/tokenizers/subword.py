"""Tokenizers that cut words into trained pieces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, final

from seqweave.data.tokenizers.contract import Tokenizer, Tokens
from seqweave.data.tokenizers.pieces import MARKER, Pieces
from seqweave.data.tokenizers.scripts import marks

_WORD = re.compile(rf"[\w{marks()}]++|[^\s\w]")


def words(texts: Iterable[str]) -> Iterator[tuple[str, int, bool]]:
    """The words that are cut: runs of letters, digits and marks, Han characters too; other characters one by one.

    Yields:
        The word, where it begins in its text, and whether it begins the text or follows a space.
    """
    for text in texts:
        for match in _WORD.finditer(text):
            at = match.start()
            yield match[0], at, at == 0 or text[at - 1].isspace()


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """How often each of these words occurs, the marker in front of those that begin a text or follow a space."""
    return Counter(MARKER + word if first else word for word, _, first in words(texts))


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
            (form, at + start, at + end) for word, at, first in words([text]) for form, start, end in cut(word, first)
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
