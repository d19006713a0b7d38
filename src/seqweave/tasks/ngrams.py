"""Language models that are counted, not trained: what any network must beat.

Unigrams, one added to each count; and trigrams with interpolated Kneser-Ney smoothing: with counts c, numbers of
distinct neighbours n(. u w) and n(u .), and a discount D for each order,

    p(w | u v) = max(c(u v w) - D3, 0) / c(u v)     + D3 n(u v .) / c(u v)     p(w | v)
    p(w | v)   = max(n(. v w) - D2, 0) / n(. v .)   + D2 n(v .)   / n(. v .)   p(w)
    p(w)       = max(n(. w) - D1, 0)   / n(. .)     + D1 n(.)     / n(. .)     1/V

Paper: Kneser and Ney, 1995, doi:10.1109/ICASSP.1995.479394; interpolated, with D = n1 / (n1 + 2 n2) of the numbers of
n-grams seen once and twice: Chen and Goodman, 1999, doi:10.1006/csla.1999.0128, section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

MOST_TOKENS = 5_000_000
"""Training tokens that are counted at most, the first ones: a bound of memory."""
MOST_IDS = 1 << 21
"""Different ids that trigrams are counted of at most: three below this are one number of 64 bits."""


def unigram(train: np.ndarray, asked: np.ndarray, size: int) -> np.ndarray:
    """Logarithm of each token's probability by its count alone, one added to each.

    Args:
        train: ids of the training tokens. Shape (tokens,), int64.
        asked: those that are told. Shape (asked,), int64.
        size: how many different ids there may be.
    """
    counts = np.bincount(train, minlength=int(max(train.max(initial=0), asked.max(initial=0))) + 1)
    return np.asarray(np.log((counts[asked] + 1) / (len(train) + size)))


class KneserNey:
    """Trigrams with interpolated Kneser-Ney smoothing.

    Args:
        train: ids of the training tokens, each below 2^21. Shape (tokens,), int64.
        size: how many different ids may be told.
    """

    def __init__(self, train: np.ndarray, size: int) -> None:
        self._size = size
        one, two, three = train[:-2], train[1:-1], train[2:]
        trigrams, counts = np.unique((one * MOST_IDS + two) * MOST_IDS + three, return_counts=True)
        self._three = _Order.of(trigrams, counts)
        pairs, before = np.unique(trigrams % (MOST_IDS * MOST_IDS), return_counts=True)
        self._two = _Order.of(pairs, before)
        tokens, left = np.unique(pairs % MOST_IDS, return_counts=True)
        self._one = _Order.of(tokens, left)

    def __call__(self, asked: np.ndarray, before: tuple[int, int]) -> np.ndarray:
        """Logarithm of each token's probability after the two before it.

        Args:
            asked: a text's tokens. Shape (asked,), int64.
            before: those that are read before the first one.
        """
        whole = np.concatenate([before, asked]).astype(np.int64)
        one, two, three = whole[:-2], whole[1:-1], whole[2:]
        lower = self._one.probability(three, np.full(len(three), 1 / self._size))
        lower = self._two.probability(two * MOST_IDS + three, lower)
        return np.asarray(np.log(self._three.probability((one * MOST_IDS + two) * MOST_IDS + three, lower)))


@dataclass(frozen=True)
class _Order:
    """The n-grams of one order, as numbers of which the last token is the lowest digit.

    Args:
        grams: ascending. Shape (grams,), int64.
        counts: of each. Shape (grams,).
        contexts: what stands before the last tokens, ascending. Shape (contexts,), int64.
        sums: counts of each context's n-grams, added up. Shape (contexts,).
        kinds: how many n-grams each context has. Shape (contexts,).
    """

    grams: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    sums: np.ndarray
    kinds: np.ndarray

    @classmethod
    def of(cls, grams: np.ndarray, counts: np.ndarray) -> _Order:
        contexts, firsts, kinds = np.unique(grams // MOST_IDS, return_index=True, return_counts=True)
        return cls(grams, counts, contexts, np.add.reduceat(counts, firsts) if len(firsts) else counts, kinds)

    @cached_property
    def discount(self) -> float:
        once, twice = (self.counts == 1).sum(), (self.counts == 2).sum()
        return float(once / (once + 2 * twice)) if once else 0.5

    def probability(self, grams: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """The probabilities of n-grams, given those of the order below. Shapes (asked,)."""
        found, place = _found(self.grams, grams)
        known, context = _found(self.contexts, grams // MOST_IDS)
        sums = np.where(known, self.sums[context], 1)
        kept = np.where(found, np.maximum(self.counts[place] - self.discount, 0), 0)
        left = np.where(known, self.discount * self.kinds[context] / sums, 1.0)
        return np.asarray(np.where(known, kept / sums, 0) + left * lower)


def _found(sorted_numbers: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each number is there, and where; any place where it is not."""
    place = np.minimum(np.searchsorted(sorted_numbers, asked), len(sorted_numbers) - 1)
    return sorted_numbers[place] == asked, place
