r"""Unicode words: runs of letters and digits, punctuation one by one, Han characters one by one.

A token is the first that fits of:

1. a word: letters, digits and marks; inside it single apostrophes and hyphens (`don't`, `well-known`), and a full stop
   or comma between digits (`3.14`, `10,000`). Han characters are no part of it.
2. one other character that is not white space, with the marks that follow it: `。`, `我`, `_`, `$`.

So Chinese never becomes one token, and what stands between tokens is white space only. Every repetition is possessive:
the pattern never goes back, and takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import final

from seqweave.data.tokenizers.contract import Tokens, tokenizer
from seqweave.data.tokenizers.rule import RuleConfig, matches
from seqweave.data.tokenizers.scripts import HAN, marks
from seqweave.data.tokenizers.spelling import printed


def _pattern(run: str, other: str) -> re.Pattern[str]:
    return re.compile(rf"({run}(?:(?:['’‐-]|(?<=\d)[.,](?=\d)){run})*+|{other})")


_ASCII = _pattern("[0-9A-Za-z]++", r"\S")


@cache
def _any() -> re.Pattern[str]:
    """For every text; on plain ones it finds the same as `_ASCII`, in twice the time."""
    return _pattern(rf"(?:[^\W_{HAN}]++[{marks()}]*+)++", rf"\S[{marks()}]*+")


def split(text: str) -> Tokens:
    """The words of a text as they stand in it."""
    return matches(_ASCII if text.isascii() else _any(), text)


def split_lowercase(text: str) -> Tokens:
    """The words of a text in lower case; offsets are those of the text as given."""
    tokens = split(text)
    return Tokens(tuple([word.lower() for word in tokens.words]), tokens.starts, tokens.ends)


@tokenizer("words")
@final
class WordsConfig(RuleConfig):
    """Unicode words, punctuation and Han characters.

    Example:
        >>> WordsConfig().fit(()).split("Don't pay $3.50!").words
        ("Don't", 'pay', '$', '3.50', '!')
    """

    lowercase: bool = False
    """Write tokens in lower case (offsets do not change)."""

    @property
    def whole(self) -> bool:
        """Not where white space stands beside punctuation."""
        return False

    def rule(self) -> Callable[[str], Tokens]:
        """The function that splits a text."""
        return split_lowercase if self.lowercase else split

    def joined(self, tokens: Sequence[str]) -> str:
        """Words with spaces where print has them (`tokenizers.spelling`)."""
        return printed(tokens)
