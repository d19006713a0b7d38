"""Affixes: suffixes, prefixes, first letter and shape of each word form.

They tell part of speech and kind of name of words never seen, at the price of a few table look-ups; on English tagging
they make a convolution over characters nearly redundant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from pydantic import Field

from seqweave.data.corpus import Strings
from seqweave.data.features.contract import PADDING, Feature, FeatureConfig, FormColumn, feature
from seqweave.data.features.forms import form_counts, written
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import mapping
from seqweave.data.vocabulary import Vocabulary

WIDTH = 8
SHAPE_RUN = 4


@feature("affixes")
@final
class AffixesConfig(FeatureConfig):
    """Eight ids of each form: suffixes of 1 to 4, prefixes of 2 and 3 (lower case, digits as 0), first letter, shape.

    A form shorter than an affix is that affix itself. The eight columns share one range of ids without sharing an id.
    """

    min_count: int = Field(default=2, ge=1)
    """Affixes seen less often in training are unknown."""

    def fit(self, tokens: Strings) -> Feature:
        """The vocabulary of the affixes of training tokens."""
        counts = np.repeat(form_counts(tokens), WIDTH)
        return AffixesFeature(Vocabulary.of(_keys(tokens.table), counts, self.min_count))

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature that `to_json` described; a malformed state is a DataError."""
        return AffixesFeature(Vocabulary.restore(mapping(state, "vocabulary")))


def _keys(forms: Sequence[str]) -> list[str]:
    """The affixes of every form, end to end, the number of its column before each."""
    keys: list[str] = []
    for form, plain in zip(forms, written(forms, lowercase=True, zero_digits=True), strict=True):
        keys += (
            f"0{plain[-1:]}",
            f"1{plain[-2:]}",
            f"2{plain[-3:]}",
            f"3{plain[-4:]}",
            f"4{plain[:2]}",
            f"5{plain[:3]}",
            f"6{form[:1]}",
            f"7{shape(form)}",
        )
    return keys


def shape(form: str) -> str:
    """A form with X for capital letters, x for other letters, d for digits; runs of more than four are cut to four.

    Example:
        >>> shape("McDonald's"), shape("B-52"), shape("我们")
        ("XxXxxxx'x", 'X-dd', 'xx')
    """
    return _LONG_RUN.sub(r"\1" * SHAPE_RUN, form.translate(_KINDS))


class _Kinds(dict[int, str]):
    """What stands for a character in a shape, by its code point; each is looked at once."""

    def __missing__(self, code: int) -> str:
        c = chr(code)
        self[code] = kind = "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c
        return kind


_KINDS = _Kinds()
_LONG_RUN = re.compile(rf"(.)\1{{{SHAPE_RUN},}}", re.DOTALL)


@final
class AffixesFeature(Feature):
    """Fitted affix ids.

    Args:
        vocabulary: the known affixes, each with the number of its column in front.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def column(self, tokens: Strings) -> FormColumn:
        """Affix ids of each form. Table of shape (forms, 8)."""
        table = self._vocabulary.ids(_keys(tokens.table)).reshape(-1, WIDTH)
        table[0] = PADDING
        return FormColumn(table)

    @property
    def size(self) -> FeatureSize:
        """Number of ids, and how often each was seen."""
        return FeatureSize(self._vocabulary.count, self._vocabulary.counts)

    def to_json(self) -> dict[str, Any]:
        """The vocabulary."""
        return {"vocabulary": self._vocabulary.to_json()}
