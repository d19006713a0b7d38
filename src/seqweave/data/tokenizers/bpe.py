"""Byte-pair encoding on characters, trained from the data: frequent neighbours become one piece.

Paper: Sennrich et al., 2016, arXiv:1508.07909. Differs: the mark is at the beginning of a word, not at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, final

from pydantic import Field

from seqweave.data.tokenizers.contract import Tokenizer, TokenizerConfig, tokenizer
from seqweave.data.tokenizers.pieces import Pieces
from seqweave.data.tokenizers.subword import SubwordTokenizer, word_counts


@tokenizer("bpe")
@final
class BPEConfig(TokenizerConfig):
    """Byte-pair encoding; a character never seen in training stays a piece of its own."""

    vocab_size: int = Field(default=8000, ge=1)
    """Pieces to learn; all characters of the training text are among them, even if there are more."""
    min_frequency: int = Field(default=2, ge=1)
    """How often two pieces must meet in the training text to be joined."""

    @property
    def whole(self) -> bool:
        """Pieces that begin a word behind white space are marked."""
        return True

    def fit(self, texts: Iterable[tuple[str, ...]]) -> Tokenizer:
        """The tokenizer, trained on all sides of all examples."""
        return SubwordTokenizer(
            Pieces.train("BPE", word_counts(chain.from_iterable(texts)), self.vocab_size, self.min_frequency)
        )

    def restore(self, state: Mapping[str, Any]) -> Tokenizer:
        """The tokenizer that `to_json` described; a malformed state is a DataError."""
        return SubwordTokenizer(Pieces.restore(state))
