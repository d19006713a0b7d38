"""Characters: every character that is not white space is a token. For Chinese, no dictionary can be wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import final

from seqweave.data.tokenizers.contract import Tokens, tokenizer
from seqweave.data.tokenizers.rule import RuleConfig, matches

_CHARACTER = re.compile(r"(\S)")


@tokenizer("characters")
@final
class CharactersConfig(RuleConfig):
    """Every code point is a token, white space left out; a combining mark is a token of its own.

    Example:
        >>> CharactersConfig().fit(()).split("我爱 NLP").words
        ('我', '爱', 'N', 'L', 'P')
    """

    def rule(self) -> Callable[[str], Tokens]:
        """The function that splits a text."""
        return partial(matches, _CHARACTER)

    def joined(self, tokens: Sequence[str]) -> str:
        """Characters end to end: where spaces stood is not known any more."""
        return "".join(tokens)
