"""Features with one fault each, that the contract must catch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqweave.data.corpus import Strings
from seqweave.data.features.contract import Column, Feature, FeatureConfig, FormColumn
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import mapping
from seqweave.data.vocabulary import UNKNOWN, Vocabulary


class FormsFeature(Feature):
    """One id for each form, right in all things; each fault changes one of them."""

    def __init__(self, vocabulary: Vocabulary, fault: str) -> None:
        self.vocabulary, self.fault = vocabulary, fault

    def column(self, tokens: Strings) -> Column:
        table = np.array([self._id(form) for form in tokens.table])
        if self.fault != "padding is unknown":
            table[0] = 0
        return FormColumn(table)

    def _id(self, form: str) -> int:
        if form in self.vocabulary.words:
            return self.vocabulary.words.index(form) + 2
        if self.fault == "unseen forms crash":
            raise KeyError(form)
        return self.vocabulary.count if self.fault == "unknown beyond the count" else UNKNOWN

    @property
    def size(self) -> FeatureSize:
        return FeatureSize(self.vocabulary.count, self.vocabulary.counts)

    def to_json(self) -> dict[str, Any]:
        state = self.vocabulary.to_json()
        if self.fault == "state loses the order":
            state["words"] = sorted(state["words"])
        return {"vocabulary": state}


class FaultyConfig(FeatureConfig):
    """The config of such a feature."""

    fault: str = ""
    """What is wrong."""

    def fit(self, tokens: Strings) -> Feature:
        ids = tokens.ids
        values = ids.values if self.fault == "counts rows not given" else ids.values[ids.offsets[0] : ids.offsets[-1]]
        counts = np.bincount(values, minlength=len(tokens.table))
        if self.fault == "order of the examples":
            words = tuple(form for form, count in zip(tokens.table, counts, strict=True) if count > 1)
            return FormsFeature(Vocabulary(words, np.zeros(len(words) + 2, np.int64)), self.fault)
        return FormsFeature(Vocabulary.of(tokens.table, counts, min_count=2), self.fault)

    def restore(self, state: Mapping[str, Any]) -> Feature:
        if self.fault == "malformed state is a KeyError":
            return FormsFeature(Vocabulary(tuple(state["vocabulary"]["words"]), np.zeros(0)), self.fault)
        return FormsFeature(Vocabulary.restore(mapping(state, "vocabulary")), self.fault)


FAULTS = (
    "padding is unknown",
    "unseen forms crash",
    "unknown beyond the count",
    "state loses the order",
    "counts rows not given",
    "order of the examples",
    "malformed state is a KeyError",
)
