"""Tokens: one id for each token exactly as it is written, beside ids for the beginning and the end of a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from pydantic import Field

from seqweave.data.corpus import Strings
from seqweave.data.features.contract import PADDING, Feature, FeatureConfig, FormColumn, feature
from seqweave.data.features.forms import form_counts
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import mapping
from seqweave.data.vocabulary import TEXT_RESERVED, Vocabulary


@feature("tokens")
@final
class TokensConfig(FeatureConfig):
    """Tokens from which texts can be written again: ids 0 to 3 are padding, unknown, beginning and end."""

    min_count: int = Field(default=1, ge=1)
    """Tokens seen less often in training are unknown."""
    max_size: int | None = Field(default=None, ge=1)
    """At most so many tokens, the most frequent ones."""

    def fit(self, tokens: Strings) -> TokensFeature:
        """The vocabulary of training tokens; each text counts as one beginning and one end."""
        counts = form_counts(tokens)
        vocabulary = Vocabulary.of(tokens.table, counts, self.min_count, self.max_size, TEXT_RESERVED)
        vocabulary.counts[2:TEXT_RESERVED] = len(tokens.ids)
        return TokensFeature(vocabulary)

    def restore(self, state: Mapping[str, Any]) -> TokensFeature:
        """The feature that `to_json` described."""
        return TokensFeature(Vocabulary.restore(mapping(state, "vocabulary"), TEXT_RESERVED))


@final
class TokensFeature(Feature):
    """Fitted token ids.

    Args:
        vocabulary: the known tokens, from id 4.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def column(self, tokens: Strings) -> FormColumn:
        """One id for each token. Table of shape (forms,)."""
        ids = self.vocabulary.ids(tokens.table)
        ids[0] = PADDING
        return FormColumn(ids)

    @property
    def size(self) -> FeatureSize:
        """Number of ids, and how often each was seen."""
        return FeatureSize(self.vocabulary.count, self.vocabulary.counts)

    def to_json(self) -> dict[str, Any]:
        """The vocabulary."""
        return {"vocabulary": self.vocabulary.to_json()}
