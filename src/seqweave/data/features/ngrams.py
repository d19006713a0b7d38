"""N-grams of tokens around each position, an id for each order. For Chinese by characters, these are its bigrams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, final

import numpy as np
from pydantic import Field

from seqweave.data.corpus import Strings
from seqweave.data.features.contract import PADDING, UNKNOWN, Feature, FeatureConfig, PositionColumn, feature
from seqweave.data.features.forms import form_counts, neighbours, token_ids, token_rows, written
from seqweave.data.features.pairs import ABSENT, PairTable
from seqweave.data.sizes import FeatureSize
from seqweave.data.state import integers, malformed, mapping, mappings
from seqweave.data.vocabulary import RESERVED, Vocabulary

Chain = Sequence[PairTable]


@feature("ngrams")
@final
class NgramsConfig(FeatureConfig):
    """N-grams of tokens. What lies beyond a sentence's ends is a symbol of its own, and no n-gram crosses them."""

    orders: tuple[Annotated[int, Field(ge=2, le=5)], ...] = Field(default=(2,), min_length=1)
    """Lengths of the n-grams. The one of order n at position i begins at token i - (n - 1) // 2: a bigram is token i
    and the next one, a trigram has token i in its middle."""
    min_count: int = Field(default=2, ge=1)
    """N-grams seen less often in training are unknown."""
    lowercase: bool = False
    """Tokens that differ in case alone are one."""

    def fit(self, tokens: Strings) -> Feature:
        """The n-grams of training tokens."""
        vocabulary = Vocabulary.of(written(tokens.table, self.lowercase), form_counts(tokens), self.min_count)
        chains = []
        for order in self.orders:
            window = _window(tokens, order, vocabulary, self.lowercase)
            chain, left = [], window[0]
            for right in window[1:]:
                chain.append(PairTable.of(left, right, vocabulary.count, self.min_count))
                left = chain[-1].find(left, right)
            chains.append(chain)
        unseen = NgramsFeature(self, vocabulary, chains, np.zeros(0, np.int64))
        counts = np.bincount(unseen.ids(tokens).ravel(), minlength=unseen.size.count)
        return NgramsFeature(self, vocabulary, chains, counts)

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature that `to_json` described.

        Raises:
            DataError: if the state is malformed, or does not fit the orders.
        """
        vocabulary, saved, chains = Vocabulary.restore(mapping(state, "vocabulary")), mappings(state, "pairs"), []
        if len(saved) != sum(self.orders) - len(self.orders):
            raise malformed(f"{len(saved)} tables of n-grams are no n-grams of orders {self.orders}")
        for order in self.orders:
            chain, lefts = [], vocabulary.count
            for _ in range(order - 1):
                chain.append(PairTable.restore(saved.pop(0), lefts, vocabulary.count))
                lefts = len(chain[-1])
            chains.append(chain)
        restored = NgramsFeature(self, vocabulary, chains, integers(state, "counts"))
        if len(restored.size.counts) != restored.size.count:
            raise malformed("the counts are not those of the n-grams")
        return restored


def _window(tokens: Strings, order: int, vocabulary: Vocabulary, lowercase: bool) -> list[np.ndarray]:
    """The n tokens around each position: ids, 0 beyond the sentence, -1 where unknown. Each of shape (tokens,)."""
    table = vocabulary.ids(written(tokens.table, lowercase)).astype(np.int64)
    table[table == UNKNOWN] = ABSENT
    ids, rows = table[token_ids(tokens)], token_rows(tokens)
    first = -((order - 1) // 2)
    return [neighbours(ids, rows, step, edge=PADDING) for step in range(first, first + order)]


@final
class NgramsFeature(Feature):
    """Fitted n-gram ids.

    Args:
        config: which n-grams.
        vocabulary: the known tokens.
        chains: for each order, the tables that lead from its first token to the whole n-gram.
        counts: how often each id was seen in training. Shape (count,).
    """

    def __init__(
        self, config: NgramsConfig, vocabulary: Vocabulary, chains: Sequence[Chain], counts: np.ndarray
    ) -> None:
        self._config, self._vocabulary, self._chains, self._counts = config, vocabulary, chains, counts
        self._count = RESERVED + sum(len(chain[-1]) for chain in chains)

    def ids(self, tokens: Strings) -> np.ndarray:
        """The n-grams of the tokens of the rows given. Shape (tokens, orders), int32."""
        columns, first = [], RESERVED
        for order, chain in zip(self._config.orders, self._chains, strict=True):
            window = _window(tokens, order, self._vocabulary, self._config.lowercase)
            ranks = window[0]
            for table, right in zip(chain, window[1:], strict=True):
                ranks = table.find(ranks, right)
            columns.append(np.where(ranks >= 0, ranks + first, UNKNOWN).astype(np.int32))
            first += len(chain[-1])
        return np.stack(columns, axis=1)

    def column(self, tokens: Strings) -> PositionColumn:
        """An n-gram id for each position and order. Values of shape (total,) for one order, else (total, orders)."""
        offsets = tokens.ids.offsets
        values = np.zeros((len(tokens.ids.values), len(self._chains)), np.int32)
        values[offsets[0] : offsets[-1]] = self.ids(tokens)
        return PositionColumn(values[:, 0] if len(self._chains) == 1 else values)

    @property
    def size(self) -> FeatureSize:
        """Number of ids, and how often each was seen."""
        return FeatureSize(self._count, self._counts)

    def to_json(self) -> dict[str, Any]:
        """The vocabulary of tokens, and n-grams as pairs of ids."""
        return {
            "vocabulary": self._vocabulary.to_json(),
            "pairs": [table.to_json() for chain in self._chains for table in chain],
            "counts": self._counts.tolist(),
        }
