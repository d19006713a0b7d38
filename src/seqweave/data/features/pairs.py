"""A table of pairs of ids: the step from n-grams of one order to those of the next, without a string in sight.

An n-gram is the pair of the n-gram it begins with (as its rank in the table of the order below) and its last token. So
a pair is one integer, and finding all n-grams of a corpus is a binary search of a whole array.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqweave.data.state import integers, malformed

ABSENT = -1


@dataclass(frozen=True, eq=False)
class PairTable:
    """Known pairs, ranked by their left and then their right id.

    Args:
        keys: `left * base + right` of each pair, rising. Shape (pairs,), int64.
        base: number of right ids.
    """

    keys: np.ndarray
    base: int

    @classmethod
    def of(cls, left: np.ndarray, right: np.ndarray, base: int, min_count: int) -> PairTable:
        """The pairs that occur at least `min_count` times.

        Args:
            left: left ids, negative where absent. Shape (pairs,), int64.
            right: right ids, negative where absent. Shape (pairs,), int64.
            base: number of right ids.
            min_count: rarer pairs are left out.
        """
        real = (left >= 0) & (right >= 0)
        keys, counts = np.unique(left[real] * base + right[real], return_counts=True)
        return cls(keys[counts >= min_count], base)

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """The rank of each pair, -1 where it is not known or an id is absent. Shape (pairs,), int64."""
        ranks = np.full(len(left), ABSENT, np.int64)
        real = np.flatnonzero((left >= 0) & (right >= 0))
        wanted = left[real] * self.base + right[real]
        at = np.searchsorted(self.keys, wanted)
        known = at < len(self.keys)
        known[known] = self.keys[at[known]] == wanted[known]
        ranks[real[known]] = at[known]
        return ranks

    def pair(self, rank: int) -> tuple[int, int]:
        """The left and right id of a pair."""
        left, right = divmod(int(self.keys[rank]), self.base)
        return left, right

    def to_json(self) -> dict[str, Any]:
        """The keys as JSON values."""
        return {"keys": self.keys.tolist()}

    @classmethod
    def restore(cls, state: Mapping[str, Any], lefts: int, base: int) -> PairTable:
        """The table that `to_json` described.

        Args:
            state: what was saved.
            lefts: number of left ids.
            base: number of right ids.

        Raises:
            DataError: if keys do not rise, or name an id that does not exist.
        """
        keys = integers(state, "keys")
        if len(keys) and (keys[0] < 0 or keys[-1] >= lefts * base or (np.diff(keys) <= 0).any()):
            raise malformed("n-grams are not in order, or made of tokens that do not exist")
        return cls(keys, base)
