"""Subwords: the pieces of each word form, by byte-pair encoding trained from the data.

Paper: Sennrich et al., 2016, arXiv:1508.07909; as inputs of a tagger: Heinzerling and Strube, 2018, arXiv:1710.02187.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any, final

import numpy as np
from pydantic import Field

from seqweave.data.corpus import Ragged, Strings
from seqweave.data.features.contract import Feature, FeatureConfig, FormColumn, feature
from seqweave.data.features.forms import form_counts, head_tail
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import mapping
from seqweave.data.tokenizers.pieces import MARKER, Pieces
from seqweave.data.vocabulary import Vocabulary


@feature("subwords")
@final
class SubwordsConfig(FeatureConfig):
    """Pieces of each form, `▁` before the first; of a form of many pieces its first and its last half."""

    vocab_size: int = Field(default=4000, ge=1)
    """Pieces to learn; all characters of the training tokens are among them, even if there are more."""
    min_frequency: int = Field(default=2, ge=1)
    """How often two pieces must meet in the training tokens to be joined."""
    min_count: int = Field(default=2, ge=1)
    """Pieces that are cut less often from the training tokens are unknown."""
    max_pieces: int = Field(default=8, ge=2)
    """Pieces of each form; of a longer one the first and the last half of so many are read."""

    def fit(self, tokens: Strings) -> Feature:
        """The pieces of training tokens."""
        counts = form_counts(tokens)
        words = {MARKER + form: count for form, count in zip(tokens.table[1:], counts[1:].tolist(), strict=True)}
        pieces = Pieces.train("BPE", words, self.vocab_size, self.min_frequency)
        cuts = [[piece.form for piece in pieces.cut(form, True)] for form in tokens.table]
        weights = np.repeat(counts, [len(cut) for cut in cuts])
        vocabulary = Vocabulary.of(list(chain.from_iterable(cuts)), weights, self.min_count)
        return SubwordsFeature(self, pieces, vocabulary)

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature that `to_json` described; a malformed state is a DataError."""
        pieces = Pieces.restore(mapping(state, "pieces"))
        return SubwordsFeature(self, pieces, Vocabulary.restore(mapping(state, "vocabulary")))


@final
class SubwordsFeature(Feature):
    """Fitted piece ids.

    Args:
        config: how many pieces a form may have.
        pieces: cuts a form.
        vocabulary: the known pieces.
    """

    def __init__(self, config: SubwordsConfig, pieces: Pieces, vocabulary: Vocabulary) -> None:
        self._config, self._pieces, self._vocabulary = config, pieces, vocabulary

    def column(self, tokens: Strings) -> FormColumn:
        """Piece ids of each form, 0 beyond its end. Table of shape (forms, max_pieces)."""
        cuts = [self._pieces.cut(form, True) if form else () for form in tokens.table]
        ids = self._vocabulary.ids(piece.form for cut in cuts for piece in cut)
        offsets = np.concatenate([[0], np.cumsum([len(cut) for cut in cuts])])
        return FormColumn(head_tail(Ragged(ids, offsets), self._config.max_pieces))

    @property
    def size(self) -> FeatureSize:
        """Number of ids, and how often each was seen."""
        return FeatureSize(self._vocabulary.count, self._vocabulary.counts)

    def to_json(self) -> dict[str, Any]:
        """The trained model and the vocabulary."""
        return {"pieces": self._pieces.to_json(), "vocabulary": self._vocabulary.to_json()}
