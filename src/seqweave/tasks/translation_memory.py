"""A translation memory: the target of the training source that is most like a text. What any translator must beat.

Likeness is the cosine of binary bags of tokens, each token weighted by how rare it is in training:

    idf(t) = log(N / n_t),   like(a, b) = sum of idf(t)^2 over t in both / (|a| |b|)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample


class TranslationMemory:
    """The pairs of a training part, found by the tokens of their source.

    Args:
        train: the pairs.
    """

    def __init__(self, train: Corpus[TranslationExample]) -> None:
        tokens = train.strings("tokens")
        self._train, self._ids = train, {form: number for number, form in enumerate(tokens.table)}
        rows = np.repeat(np.arange(len(train)), tokens.ids.lengths)
        pairs = np.unique(np.stack([tokens.ids.values, rows]), axis=1)  # by token, then by row
        self._rows = pairs[1]
        self._starts = np.searchsorted(pairs[0], np.arange(len(tokens.table) + 1))
        counts = np.maximum(np.diff(self._starts), 1)
        self._weights = np.log((1 + len(train)) / counts) ** 2
        squares = np.bincount(self._rows, self._weights[pairs[0]], minlength=len(train))
        self._lengths = np.sqrt(np.maximum(squares, np.finfo(float).tiny))

    def __call__(self, tokens: Sequence[str]) -> str:
        """The target of the nearest source; of equally near ones the first, and empty where no token is known."""
        known = [self._ids[token] for token in dict.fromkeys(tokens) if token in self._ids]
        shared = np.zeros(len(self._lengths))
        for number in known:
            shared[self._rows[self._starts[number] : self._starts[number + 1]]] += self._weights[number]
        if not shared.any():
            return ""
        return self._train[int((shared / self._lengths).argmax())].target
