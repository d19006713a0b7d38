"""The contract of a feature, and the columns of ids it gives for a corpus."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqweave.core.configuration import Config
from seqweave.core.errors import Notice
from seqweave.core.registry import Registry
from seqweave.data.corpus import Ragged, Strings
from seqweave.data.sizes import FeatureSize

FEATURES = Registry("features", "seqweave.data.features")
feature = FEATURES.register

PADDING, UNKNOWN, BEGIN, END = 0, 1, 2, 3
"""Ids that are no string; the last two only in vocabularies from which texts are written."""


@dataclass(frozen=True, slots=True)
class FormColumn:
    """Ids that depend on the word form alone.

    Args:
        table: ids of every form of the corpus, row 0 (padding) all 0. Shape (forms,) or (forms, width), integer.
    """

    table: np.ndarray


@dataclass(frozen=True, slots=True)
class PositionColumn:
    """Ids of every position of the corpus, end to end as the tokens are; or vectors of them.

    Args:
        values: Shape (total,) or (total, width), integer, or float for vectors.
    """

    values: np.ndarray


@dataclass(frozen=True, slots=True)
class BagColumn:
    """An unordered bag of ids for every row.

    Args:
        ids: ragged ids.
    """

    ids: Ragged


Column = FormColumn | PositionColumn | BagColumn


class Feature(ABC):
    """A fitted feature: tokens to ids, with whatever vocabulary it needs."""

    notices: tuple[Notice, ...] = ()
    """What the user should know of the fit, such as how many words have a pretrained vector."""
    passing: bool = False
    """Whether it only hastens training, and no model keeps it."""

    @abstractmethod
    def column(self, tokens: Strings) -> Column:
        """Ids for the tokens of a corpus (training or not)."""

    @property
    @abstractmethod
    def size(self) -> FeatureSize:
        """What an embedder over this feature must know."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values; `FeatureConfig.restore` is its inverse."""


class FeatureConfig(Config, ABC):
    """Settings of a feature, and its factory."""

    @abstractmethod
    def fit(self, tokens: Strings) -> Feature:
        """The feature fitted on training tokens."""

    @abstractmethod
    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature that `to_json` described; a malformed state is a DataError."""
