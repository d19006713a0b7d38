"""Spaces: tokens as they were given, split at white space. For text that another tool has tokenised."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import final

from seqweave.data.tokenizers.contract import Tokens, tokenizer
from seqweave.data.tokenizers.rule import RuleConfig, matches

_GIVEN = re.compile(r"(\S+)")


@tokenizer("spaces")
@final
class SpacesConfig(RuleConfig):
    """Split at white space (any that Unicode knows), and nowhere else.

    Example:
        >>> SpacesConfig().fit(()).split("It 's  fine .").words
        ('It', "'s", 'fine', '.')
    """

    @property
    def whole(self) -> bool:
        """White space stands between any two tokens, and nowhere else."""
        return True

    def rule(self) -> Callable[[str], Tokens]:
        """The function that splits a text."""
        return partial(matches, _GIVEN)

    def joined(self, tokens: Sequence[str]) -> str:
        """Tokens with a space between them."""
        return " ".join(tokens)
