"""Characters: the ids of the characters of each word form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from pydantic import Field

from seqweave.data.corpus import Ragged, Strings
from seqweave.data.features.contract import Feature, FeatureConfig, FormColumn, feature
from seqweave.data.features.forms import form_counts, head_tail
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import mapping
from seqweave.data.vocabulary import Vocabulary


@feature("characters")
@final
class CharactersConfig(FeatureConfig):
    """Characters seen often enough, case kept; of a long form its first and its last half."""

    min_count: int = Field(default=2, ge=1)
    """Characters seen less often in training are unknown."""
    max_length: int = Field(default=24, ge=2)
    """Characters of each form; of a longer one the first and the last half of so many are read."""

    def fit(self, tokens: Strings) -> Feature:
        """The vocabulary of the characters of training tokens."""
        points = _code_points(tokens.table)
        weights = np.repeat(form_counts(tokens), points.lengths)
        distinct, inverse = np.unique(points.values, return_inverse=True)
        # Sums of counts are whole numbers far below 2**53, so float64 holds them exactly.
        counts = np.bincount(inverse, weights, minlength=len(distinct)).astype(np.int64)
        return CharactersFeature(self, Vocabulary.of([chr(point) for point in distinct], counts, self.min_count))

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature that `to_json` described; a malformed state is a DataError."""
        return CharactersFeature(self, Vocabulary.restore(mapping(state, "vocabulary")))


def _code_points(forms: Sequence[str]) -> Ragged:
    """The characters of every form as numbers."""
    joined = "".join(forms).encode("utf-32-le", "surrogatepass")
    lengths = np.fromiter(map(len, forms), np.int64, len(forms))
    return Ragged(np.frombuffer(joined, "<u4"), np.concatenate([[0], np.cumsum(lengths)]))


@final
class CharactersFeature(Feature):
    """Fitted character ids.

    Args:
        config: how long a form may be.
        vocabulary: the known characters.
    """

    def __init__(self, config: CharactersConfig, vocabulary: Vocabulary) -> None:
        self._config, self._vocabulary = config, vocabulary

    def column(self, tokens: Strings) -> FormColumn:
        """Character ids of each form, 0 beyond its end. Table of shape (forms, max_length)."""
        points = _code_points(tokens.table)
        distinct, inverse = np.unique(points.values, return_inverse=True)
        ids = self._vocabulary.ids(map(chr, distinct))[inverse]
        return FormColumn(head_tail(Ragged(ids, points.offsets), self._config.max_length))

    @property
    def size(self) -> FeatureSize:
        """Number of ids, and how often each was seen."""
        return FeatureSize(self._vocabulary.count, self._vocabulary.counts)

    def to_json(self) -> dict[str, Any]:
        """The vocabulary."""
        return {"vocabulary": self._vocabulary.to_json()}
