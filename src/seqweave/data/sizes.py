"""What a network must know of fitted features and labels: sizes and constraints, never words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class FeatureSize:
    """What an embedder must know of a feature it reads.

    Args:
        count: number of ids, those of padding (0) and unknown (1) included.
        counts: how often each id was seen in training. Shape (count,); used by frequency-dependent dropout.
        vectors: pretrained rows, zero where there is none. Shape (count, dim), or (0, 0) without vectors.
    """

    count: int
    counts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    vectors: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """What a head must know of the labels it scores.

    Args:
        count: number of labels.
        weights: loss weight of each label. Shape (count,).
        allowed: may label j follow label i? Shape (count, count), bool; all True without a tag scheme.
        starts: may a sequence begin with the label? Shape (count,), bool.
        ends: may a sequence end with the label? Shape (count,), bool.
        exclusive: does exactly one label hold at a time, or any number of them?
    """

    count: int
    weights: np.ndarray
    allowed: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    exclusive: bool = True

    @staticmethod
    def free(count: int) -> LabelSpace:
        """A space of equally weighted labels without constraints."""
        every = np.ones(count, bool)
        return LabelSpace(count, np.ones(count, np.float32), np.ones((count, count), bool), every, every)


@dataclass(frozen=True, slots=True)
class Sizes:
    """All that a model config needs to build its network.

    Args:
        features: by feature name.
        labels: the labels or tags; none where a text is written.
        target: the tokens that can be written, those of padding (0), unknown (1), begin (2) and end (3) included.
        joint: whether the feature "tokens" of the source has the very ids of the target.
        copied: a word that must be written and that can only be copied, to be told of where nothing is copied; empty
            where there is none.
    """

    features: Mapping[str, FeatureSize]
    labels: LabelSpace = field(default_factory=lambda: LabelSpace.free(0))
    target: FeatureSize = field(default_factory=lambda: FeatureSize(0))
    joint: bool = False
    copied: str = ""
