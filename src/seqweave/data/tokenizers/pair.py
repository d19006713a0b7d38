"""A pair: the two sides of an example are split by tokenizers of their own, such as words here and pieces there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, final

from pydantic import Field, field_validator

from seqweave.core.configuration import Choice
from seqweave.data.state import mapping
from seqweave.data.tokenizers.contract import TOKENIZERS, Tokenizer, TokenizerConfig, Tokens, tokenizer
from seqweave.data.tokenizers.words import WordsConfig


@tokenizer("pair")
@final
class PairConfig(TokenizerConfig):
    """One tokenizer for the source and one for the target of a translation; each learns from its own side alone."""

    source: Annotated[TokenizerConfig, Choice(TOKENIZERS)] = Field(default_factory=WordsConfig)
    """How source texts are split; unicode words where not given."""
    target: Annotated[TokenizerConfig, Choice(TOKENIZERS)] = Field(default_factory=WordsConfig)
    """How target texts are split, and tokens that were written are joined; unicode words where not given."""

    @field_validator("source", "target")
    @classmethod
    def _is_no_pair(cls, side: TokenizerConfig) -> TokenizerConfig:
        if isinstance(side, PairConfig):
            raise ValueError("a side of a pair cannot be a pair. How to mend: name the tokenizer of that side")
        return side

    @property
    def whole(self) -> bool:
        """Where both sides are."""
        return self.source.whole and self.target.whole

    def fit(self, texts: Iterable[tuple[str, ...]]) -> Tokenizer:
        """Both tokenizers; an example of one text is learned from by both."""
        assert not isinstance(texts, Iterator), "texts are gone through once for each side"
        return PairTokenizer(
            self.source.fit((example[0],) for example in texts), self.target.fit((example[-1],) for example in texts)
        )

    def restore(self, state: Mapping[str, Any]) -> Tokenizer:
        """The tokenizers that `to_json` described; a malformed state is a DataError."""
        return PairTokenizer(
            self.source.restore(mapping(state, "source")), self.target.restore(mapping(state, "target"))
        )


@final
class PairTokenizer(Tokenizer):
    """Splits and joins source texts; the other side's tokenizer is its `target`.

    Args:
        source: of the texts that are read.
        target: of the texts that are written.
    """

    def __init__(self, source: Tokenizer, target: Tokenizer) -> None:
        self._source, self._target = source, target

    def split(self, text: str) -> Tokens:
        """The tokens of a source text; none for an empty or blank one."""
        return self._source.split(text)

    def join(self, tokens: Sequence[str]) -> str:
        """Source tokens as a text."""
        return self._source.join(tokens)

    @property
    def target(self) -> Tokenizer:
        """The tokenizer of the texts that are written."""
        return self._target

    def to_json(self) -> dict[str, Any]:
        """The state of both."""
        return {"source": self._source.to_json(), "target": self._target.to_json()}
