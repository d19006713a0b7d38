"""Presence: whether a form is one, or padding; for embedders that look at more than one position at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from seqweave.data.corpus import Strings
from seqweave.data.features.contract import Feature, FeatureConfig, FormColumn, feature
from seqweave.data.sizes import FeatureSize

IDS = 2


@feature("presence")
@final
class PresenceConfig(FeatureConfig):
    """Id 1 for every form, 0 for padding."""

    def fit(self, tokens: Strings) -> Feature:
        """The feature, which learns nothing."""
        del tokens
        return PresenceFeature()

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature."""
        del state
        return PresenceFeature()


@final
class PresenceFeature(Feature):
    """Whether a position is real."""

    def column(self, tokens: Strings) -> FormColumn:
        """1 for every form but padding. Table of shape (forms,)."""
        return FormColumn((np.arange(len(tokens.table)) > 0).astype(np.int64))

    @property
    def size(self) -> FeatureSize:
        """Two ids."""
        return FeatureSize(IDS)

    def to_json(self) -> dict[str, Any]:
        """Nothing."""
        return {}
