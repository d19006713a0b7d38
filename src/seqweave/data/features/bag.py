"""A bag of n-grams: which n-grams a row holds, from single tokens up to an order. What linear models read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from pydantic import Field

from seqweave.data.corpus import Ragged, Strings
from seqweave.data.features.contract import BagColumn, Feature, FeatureConfig, feature
from seqweave.data.features.forms import distinct, neighbours, token_ids, token_rows, written
from seqweave.data.features.pairs import ABSENT, PairTable
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import integers, malformed, mapping, mappings
from seqweave.data.vocabulary import RESERVED, Vocabulary


@feature("bag")
@final
class BagConfig(FeatureConfig):
    """Distinct n-grams of each row. An n-gram never seen, or with a token never seen, gives nothing."""

    order: int = Field(default=2, ge=1, le=5)
    """Longest n-grams, in tokens; all shorter ones are in the bag too."""
    min_count: int = Field(default=2, ge=1)
    """N-grams that fewer rows of the training set hold are left out."""
    max_size: int | None = Field(default=None, ge=1)
    """At most so many n-grams, those that most rows hold; of equals the shorter ones."""
    lowercase: bool = False
    """Tokens that differ in case alone are one."""

    def fit(self, tokens: Strings) -> Feature:
        """The n-grams of training tokens."""
        rows = token_rows(tokens)
        vocabulary = self._vocabulary(tokens, rows)
        known = (vocabulary.ids(written(tokens.table, self.lowercase)) - RESERVED).astype(np.int64)
        ids = known[token_ids(tokens)]
        tables, counts, ranks = [], [vocabulary.counts[RESERVED:]], ids
        for step in range(1, self.order):
            right = neighbours(ids, rows, step, edge=ABSENT)
            # Rows that hold an n-gram are at most its occurrences: a first, cheap sieve.
            table = PairTable.of(ranks, right, len(vocabulary.words), self.min_count)
            ranks = table.find(ranks, right)
            held = _rows_that_hold(rows, ranks, len(table))
            keep = held >= self.min_count
            tables.append(PairTable(table.keys[keep], table.base))
            counts.append(held[keep])
            ranks = np.append(np.where(keep, np.cumsum(keep) - 1, ABSENT), ABSENT)[ranks]  # rank -1 stays -1
        return _largest(self, vocabulary, tables, counts)

    def _vocabulary(self, tokens: Strings, rows: np.ndarray) -> Vocabulary:
        """Single tokens, counted by the rows that hold them."""
        places: dict[str, int] = {}
        forms = written(tokens.table, self.lowercase)
        merged = np.array([places.setdefault(form, len(places)) for form in forms])
        held = _rows_that_hold(rows, merged[token_ids(tokens)], len(places))
        return Vocabulary.of(list(places), held, self.min_count)

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature that `to_json` described.

        Raises:
            DataError: if the state is malformed, or does not fit the order.
        """
        vocabulary, saved = Vocabulary.restore(mapping(state, "vocabulary")), mappings(state, "pairs")
        if len(saved) != self.order - 1:
            raise malformed(f"{len(saved)} tables of n-grams are no n-grams up to order {self.order}")
        tables: list[PairTable] = []
        for table in saved:
            lefts = len(tables[-1]) if tables else len(vocabulary.words)
            tables.append(PairTable.restore(table, lefts, len(vocabulary.words)))
        restored = BagFeature(self, vocabulary, tables, integers(state, "counts"))
        if len(restored.size.counts) != restored.size.count:
            raise malformed("the counts are not those of the n-grams")
        return restored


def _rows_that_hold(rows: np.ndarray, ids: np.ndarray, size: int) -> np.ndarray:
    """In how many rows each id occurs; negative ids are none. Shape (size,), int64."""
    real = ids >= 0
    pairs = distinct(rows[real] * size + ids[real])
    return np.bincount(pairs % size, minlength=size) if size else np.zeros(0, np.int64)


def _largest(
    config: BagConfig, vocabulary: Vocabulary, tables: Sequence[PairTable], counts: Sequence[np.ndarray]
) -> BagFeature:
    """The feature with the `max_size` n-grams of the highest counts.

    An n-gram's parts are at least as frequent and come first among equals, so they are never left out before it.
    """
    every = np.concatenate(counts)
    kept = np.zeros(len(every), bool)
    kept[np.argsort(-every, kind="stable")[: config.max_size]] = True
    keeps = np.split(kept, np.cumsum([len(part) for part in counts])[:-1])
    words = int(keeps[0].sum())  # they are in falling order, so the first ones are kept
    lefts, smaller = keeps[0], []
    for table, keep in zip(tables, keeps[1:], strict=True):
        left, right = np.divmod(table.keys[keep], table.base)
        smaller.append(PairTable((np.cumsum(lefts) - 1)[left] * words + right, words))
        lefts = keep
    first = Vocabulary(vocabulary.words[:words], vocabulary.counts[: words + RESERVED])
    return BagFeature(config, first, smaller, np.concatenate([np.zeros(RESERVED, np.int64), every[kept]]))


@final
class BagFeature(Feature):
    """Fitted n-gram ids: single tokens first, then bigrams, and so on.

    Args:
        config: how tokens are written.
        vocabulary: the known tokens.
        tables: of order 2 and more, each n-gram as the pair of its beginning and its last token.
        counts: how many rows of the training set held each id. Shape (count,).
    """

    def __init__(
        self, config: BagConfig, vocabulary: Vocabulary, tables: Sequence[PairTable], counts: np.ndarray
    ) -> None:
        self._config, self._vocabulary, self._tables, self._counts = config, vocabulary, tables, counts
        sizes = [len(vocabulary.words), *map(len, tables)]
        self._firsts = np.concatenate([[RESERVED], RESERVED + np.cumsum(sizes)])

    def column(self, tokens: Strings) -> BagColumn:
        """The distinct n-grams of each row, rising."""
        rows = token_rows(tokens)
        known = self._vocabulary.ids(written(tokens.table, self._config.lowercase)) - RESERVED
        ids = known.astype(np.int64)[token_ids(tokens)]
        ranks, entries = ids, [self._entries(rows, ids, 0)]
        for step, table in enumerate(self._tables, 1):
            ranks = table.find(ranks, neighbours(ids, rows, step, edge=ABSENT))
            entries.append(self._entries(rows, ranks, step))
        row, entry = np.divmod(distinct(np.concatenate(entries)), self.size.count)
        offsets = np.searchsorted(row, np.arange(len(tokens.ids) + 1))
        return BagColumn(Ragged(entry.astype(np.int32), offsets))

    def _entries(self, rows: np.ndarray, ranks: np.ndarray, level: int) -> np.ndarray:
        """Row and id of the n-grams of one order as single numbers."""
        real = ranks >= 0
        found: np.ndarray = rows[real] * self.size.count + self._firsts[level] + ranks[real]
        return found

    def ngram(self, entry: int) -> tuple[str, ...]:
        """The tokens of an id; none for padding and unknown."""
        level = int(np.searchsorted(self._firsts, entry, "right")) - 1
        if level < 0:
            return ()
        rank, last = entry - int(self._firsts[level]), []
        for table in reversed(self._tables[:level]):
            rank, right = table.pair(rank)
            last.append(self._vocabulary.words[right])
        return (self._vocabulary.words[rank], *reversed(last))

    @property
    def size(self) -> FeatureSize:
        """Number of ids, and how many rows held each."""
        return FeatureSize(int(self._firsts[-1]), self._counts)

    def to_json(self) -> dict[str, Any]:
        """The vocabulary of tokens, and n-grams as pairs of ids."""
        return {
            "vocabulary": self._vocabulary.to_json(),
            "pairs": [table.to_json() for table in self._tables],
            "counts": self._counts.tolist(),
        }
