"""Unigram language model of pieces, trained from the data: the most probable cut of each word.

Paper: Kudo, 2018, arXiv:1804.10959. Differs: no sampling of cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, final

from pydantic import Field

from seqweave.data.tokenizers.contract import Tokenizer, TokenizerConfig, tokenizer
from seqweave.data.tokenizers.pieces import Pieces
from seqweave.data.tokenizers.subword import SubwordTokenizer, word_counts


@tokenizer("unigram")
@final
class UnigramConfig(TokenizerConfig):
    """Unigram pieces; neighbouring characters never seen in training stay together as one piece."""

    vocab_size: int = Field(default=8000, ge=1)
    """Pieces to learn; all characters of the training text are among them, even if there are more."""

    @property
    def whole(self) -> bool:
        """Pieces that begin a word behind white space are marked."""
        return True

    def fit(self, texts: Iterable[tuple[str, ...]]) -> Tokenizer:
        """The tokenizer, trained on all sides of all examples."""
        return SubwordTokenizer(Pieces.train("Unigram", word_counts(chain.from_iterable(texts)), self.vocab_size))

    def restore(self, state: Mapping[str, Any]) -> Tokenizer:
        """The tokenizer that `to_json` described; a malformed state is a DataError."""
        return SubwordTokenizer(Pieces.restore(state))
