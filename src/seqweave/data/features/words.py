"""Words: one id for each word form, with pretrained vectors where a file of them is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, final

import numpy as np
from pydantic import Field

from seqweave.core.errors import Notice
from seqweave.data.corpus import Strings
from seqweave.data.features.contract import PADDING, Feature, FeatureConfig, FormColumn, feature
from seqweave.data.features.forms import form_counts, written
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import mapping, whole
from seqweave.data.vectors import DIM_LIMIT, VectorsConfig, read_vectors
from seqweave.data.vocabulary import Vocabulary


@feature("words")
@final
class WordsConfig(FeatureConfig):
    """Word forms seen often enough; all others are unknown, and that is how the unknown embedding is trained."""

    min_count: int = Field(default=2, ge=1)
    """Forms seen less often in training are unknown."""
    max_size: int | None = Field(default=None, ge=1)
    """At most so many forms, the most frequent ones."""
    lowercase: bool = False
    """Forms that differ in case alone are one."""
    digits: Literal["keep", "zero"] = "keep"
    """zero: every digit is read as 0, so that all numbers of a length are one form."""
    vectors: VectorsConfig | None = None
    """Pretrained vectors to begin with."""

    def fit(self, tokens: Strings) -> Feature:
        """The vocabulary of training tokens, and its vectors; the notices tell how many words have one."""
        vocabulary = Vocabulary.of(
            written(tokens.table, self.lowercase, self.digits == "zero"),
            form_counts(tokens),
            self.min_count,
            self.max_size,
        )
        if self.vectors is None:
            return WordsFeature(self, vocabulary, np.zeros((0, 0), np.float32))
        vectors = read_vectors(self.vectors, vocabulary)
        return WordsFeature(self, vocabulary, vectors.matrix, vectors.notices)

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature that `to_json` described, its vectors all zero: they live on in the network's weights."""
        vocabulary = Vocabulary.restore(mapping(state, "vocabulary"))
        dim = whole(state, "vectors_dim", DIM_LIMIT)
        return WordsFeature(self, vocabulary, np.zeros((vocabulary.count if dim else 0, dim), np.float32))


@final
class WordsFeature(Feature):
    """Fitted word ids.

    Args:
        config: how forms are written.
        vocabulary: the known forms.
        vectors: pretrained rows. Shape (count, dim), or (0, 0).
        notices: what the user should know of the vectors.
    """

    def __init__(
        self, config: WordsConfig, vocabulary: Vocabulary, vectors: np.ndarray, notices: tuple[Notice, ...] = ()
    ) -> None:
        self._config, self._vocabulary, self._vectors, self.notices = config, vocabulary, vectors, notices

    def column(self, tokens: Strings) -> FormColumn:
        """One id for each form. Table of shape (forms,)."""
        ids = self._vocabulary.ids(written(tokens.table, self._config.lowercase, self._config.digits == "zero"))
        ids[0] = PADDING
        return FormColumn(ids)

    @property
    def size(self) -> FeatureSize:
        """Number of ids, how often each was seen, and the vectors."""
        return FeatureSize(self._vocabulary.count, self._vocabulary.counts, self._vectors)

    def to_json(self) -> dict[str, Any]:
        """The vocabulary, and the dimensions of the vectors."""
        return {"vocabulary": self._vocabulary.to_json(), "vectors_dim": self._vectors.shape[1]}
