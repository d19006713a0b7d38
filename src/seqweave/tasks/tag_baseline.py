"""The most frequent tag of every word: what any tagger must beat.

A word that training does not hold takes the tag that is most frequent among the words that training holds once and
that begin with the same kind of character (a capital, a small letter, a digit ...): rare words tell what unseen words
are like, as in Brants, 2000, "TnT", cs/0003055, section 2.3, where it is their endings that do.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample


@dataclass(frozen=True, slots=True)
class FrequentTags:
    """Fitted on training examples.

    Args:
        of_word: the most frequent tag of each training word.
        of_kind: that of words seen once, by the kind of their first character.
        commonest: the most frequent tag of all.
    """

    of_word: Mapping[str, str]
    of_kind: Mapping[str, str]
    commonest: str

    def __call__(self, word: str) -> str:
        """The tag of a word, seen or not."""
        return self.of_word.get(word) or self.of_kind.get(_kind(word), self.commonest)


def frequent_tags(train: Corpus[TaggedExample]) -> FrequentTags:
    """The most frequent tags of a training part; of equally frequent ones the first in the alphabet."""
    words, tags = train.strings("tokens"), train.strings("tags")
    pairs, counts = np.unique(np.stack([words.ids.values, tags.ids.values]), axis=1, return_counts=True)
    by_word: defaultdict[str, Counter[str]] = defaultdict(Counter)
    by_kind: defaultdict[str, Counter[str]] = defaultdict(Counter)
    every: Counter[str] = Counter()
    for (word, tag), count in zip(pairs.T.tolist(), counts.tolist(), strict=True):
        by_word[words.table[word]][tags.table[tag]] = count
        every[tags.table[tag]] += count
    for word, found in by_word.items():
        if found.total() == 1:
            by_kind[_kind(word)] += found
    of_word = {word: _commonest(found) for word, found in by_word.items()}
    return FrequentTags(of_word, {kind: _commonest(found) for kind, found in by_kind.items()}, _commonest(every))


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda tag: (-counts[tag], tag))


def _kind(word: str) -> str:
    """The Unicode category of the first character: Lu, Ll, Nd, Po ..."""
    return unicodedata.category(word[0])
