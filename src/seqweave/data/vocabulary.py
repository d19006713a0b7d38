"""A vocabulary: the known strings of a training set, and their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from seqweave.data.features.contract import UNKNOWN
from seqweave.data.state import integers, malformed, strings

RESERVED = 2
"""Ids that are no word: padding and unknown."""
TEXT_RESERVED = 4
"""Ids that are no word where texts are written: padding, unknown, beginning and end."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Strings and ids. Id 0 is padding, id 1 every string that is not known; the rest by falling count.

    Args:
        words: the known strings, distinct and not empty; `words[i]` has id i + reserved.
        counts: how often each id was seen in training; that of id 1 counts all that was left out. Shape (count,),
            int64.
        reserved: ids that are no string.
    """

    words: tuple[str, ...]
    counts: np.ndarray
    reserved: int = RESERVED

    @classmethod
    def of(
        cls,
        words: Sequence[str],
        counts: np.ndarray,
        min_count: int = 1,
        max_size: int | None = None,
        reserved: int = RESERVED,
    ) -> Vocabulary:
        """The vocabulary of counted strings; equal counts are ordered by string, so the order given does not matter.

        Args:
            words: strings; those given twice are counted together. The empty string is never known.
            counts: how often each was seen. Shape (len(words),), integer.
            min_count: rarer strings are left out.
            max_size: at most so many strings, the most frequent ones.
            reserved: ids that are no string, at least 2.
        """
        merged: dict[str, int] = {}
        for word, count in zip(words, counts.tolist(), strict=True):
            merged[word] = merged.get(word, 0) + count
        known = [(-count, word) for word, count in merged.items() if count >= max(min_count, 1) and word]
        known = sorted(known)[:max_size]
        kept = np.array([-count for count, _ in known], np.int64)
        others = np.zeros(reserved, np.int64)
        others[UNKNOWN] = counts.sum() - kept.sum()
        return cls(tuple([word for _, word in known]), np.concatenate([others, kept]), reserved)

    @property
    def count(self) -> int:
        """Number of ids, the reserved ones included."""
        return len(self.words) + self.reserved

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, self.reserved)}

    def ids(self, words: Iterable[str]) -> np.ndarray:
        """The ids of strings, 1 where a string is not known. Shape (strings,), int32."""
        return np.fromiter(map(self._index.get, words, repeat(UNKNOWN)), np.int32)

    def to_json(self) -> dict[str, Any]:
        """Strings and counts as JSON values."""
        return {"words": list(self.words), "counts": self.counts.tolist()}

    @classmethod
    def restore(cls, state: Mapping[str, Any], reserved: int = RESERVED) -> Vocabulary:
        """The vocabulary that `to_json` described, with as many reserved ids as it was made with.

        Raises:
            DataError: if strings are not strings, empty or not distinct, or counts do not fit them.
        """
        words, counts = strings(state, "words"), integers(state, "counts")
        if len(set(words)) != len(words) or "" in words:
            raise malformed("words are not distinct, or one is empty")
        if len(counts) != len(words) + reserved or counts.min() < 0:
            raise malformed(f"{len(words)} words have {len(counts)} counts, or a count is negative")
        return cls(tuple(words), counts, reserved)
