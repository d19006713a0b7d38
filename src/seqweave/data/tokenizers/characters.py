"""Characters: every character that is not white space is a token. For Chinese, no dictionary can be wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import final

from seqweave.data.tokenizers.contract import Tokens, tokenizer
from seqweave.data.tokenizers.rule import RuleConfig, matches

_CHARACTER = re.compile(r"(\S)")
_OR_SPACE = re.compile(r"(\S|\s+)")


@tokenizer("characters")
@final
class CharactersConfig(RuleConfig):
    """Every code point is a token, white space left out unless asked for; a combining mark is a token of its own.

    Example:
        >>> CharactersConfig().fit(()).split("我爱 NLP").words
        ('我', '爱', 'N', 'L', 'P')
    """

    spaces: bool = False
    """Whether a run of white space inside the text is a token, too: a space. Language models of characters need it."""

    @property
    def whole(self) -> bool:
        """Where white space is a token, too."""
        return self.spaces

    def rule(self) -> Callable[[str], Tokens]:
        """The function that splits a text."""
        return _with_spaces if self.spaces else partial(matches, _CHARACTER)

    def joined(self, tokens: Sequence[str]) -> str:
        """Characters end to end; where spaces stood is not known any more, unless they are tokens."""
        return "".join(tokens)


def _with_spaces(text: str) -> Tokens:
    """All characters; white space within the text is one space, at its ends it is left out."""
    begin = len(text) - len(text.lstrip())
    found = matches(_OR_SPACE, text.strip())
    words = tuple([" " if word.isspace() else word for word in found.words])
    return Tokens(words, tuple([begin + at for at in found.starts]), tuple([begin + at for at in found.ends]))
