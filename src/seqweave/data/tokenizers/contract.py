"""The contract of a tokenizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry

TOKENIZERS = Registry("tokenizers", "seqweave.data.tokenizers")
tokenizer = TOKENIZERS.register


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one text.

    Args:
        words: the tokens in order; `text[starts[i]:ends[i]]` is what token i covers.
        starts: where each begins, in characters.
        ends: where each ends, in characters, exclusive.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


class Tokenizer(ABC):
    """A ready tokenizer."""

    @abstractmethod
    def split(self, text: str) -> Tokens:
        """The tokens of a text; none for an empty or blank one."""

    @abstractmethod
    def join(self, tokens: Sequence[str]) -> str:
        """Tokens as a text, for people to read: the inverse of `split`, up to where spaces stand and letters' case."""

    @property
    @abstractmethod
    def target(self) -> Tokenizer:
        """The tokenizer of the texts that are written: itself, unless the two sides have one each."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values."""


class TokenizerConfig(Config, ABC):
    """Settings of a tokenizer, and its factory."""

    @property
    @abstractmethod
    def whole(self) -> bool:
        """Whether tokens tell every character of a text, a run of white space being one: no two texts have the same."""

    @abstractmethod
    def fit(self, texts: Iterable[tuple[str, ...]]) -> Tokenizer:
        """The tokenizer, trained on texts where it learns from them (others do not read them).

        Args:
            texts: of each training example, (text,) or (source, target); no iterator: a pair goes through them twice.
        """

    @abstractmethod
    def restore(self, state: Mapping[str, Any]) -> Tokenizer:
        """The tokenizer that `to_json` described."""
