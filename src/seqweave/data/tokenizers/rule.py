"""Tokenizers that follow a fixed rule: they learn nothing, so their settings are all there is to save."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, final

from seqweave.core.errors import DataError
from seqweave.data.tokenizers.contract import Tokenizer, TokenizerConfig, Tokens


@final
class RuleTokenizer(Tokenizer):
    """A tokenizer that is one function of the text.

    Args:
        rule: the tokens of a text.
        joined: tokens as a text.
    """

    def __init__(self, rule: Callable[[str], Tokens], joined: Callable[[Sequence[str]], str]) -> None:
        self._rule, self._joined = rule, joined

    def split(self, text: str) -> Tokens:
        """The tokens of a text; none for an empty or blank one."""
        return self._rule(text)

    def join(self, tokens: Sequence[str]) -> str:
        """Tokens as a text."""
        return self._joined(tokens)

    @property
    def target(self) -> Tokenizer:
        """Itself."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Nothing: the rule is in the settings."""
        return {}


class RuleConfig(TokenizerConfig, ABC):
    """Settings of a tokenizer that learns nothing."""

    @abstractmethod
    def rule(self) -> Callable[[str], Tokens]:
        """The function that splits a text."""

    @abstractmethod
    def joined(self, tokens: Sequence[str]) -> str:
        """Tokens as a text."""

    def fit(self, texts: Iterable[tuple[str, ...]]) -> Tokenizer:  # noqa: ARG002  # the contract has texts for those that learn
        """The tokenizer; the texts are not read."""
        return RuleTokenizer(self.rule(), self.joined)

    def restore(self, state: Mapping[str, Any]) -> Tokenizer:
        """The tokenizer of these settings.

        Raises:
            DataError: if the state is not the empty one that such tokenizers write.
        """
        if state:
            raise DataError(
                "E-TOKEN-01",
                f"a tokenizer of kind {self.kind!r} has no state, but keys {', '.join(map(str, state))} were found",
                mend="use the model folder that was saved with it",
            )
        return RuleTokenizer(self.rule(), self.joined)


def matches(pattern: re.Pattern[str], text: str) -> Tokens:
    """Everything a pattern matches in a text, in order.

    The text is cut into what lies between matches and the matches, by turns, because a match object for each would take
    a third longer.

    Args:
        pattern: a pattern that matches no empty string, its whole in the one group it has.
        text: the text.
    """
    pieces = pattern.split(text)
    bounds = tuple(accumulate(map(len, pieces)))
    return Tokens(tuple(pieces[1::2]), bounds[:-1:2], bounds[1::2])
