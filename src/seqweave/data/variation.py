"""Tags that vary where nothing else does: the same word between the same neighbours, tagged one way and the other.

Either the tag depends on words further away, or one of the annotations is wrong; with two equal neighbours on both
sides, edges of sentences among them, it is mostly the latter.

Paper: Dickinson and Meurers, 2003, E03-1068 (variation n-grams, and why the word must not stand at their fringe).
Differs: contexts of one size, not the longest that recur.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqweave.data.corpus import Corpus

CONTEXT = 2
_MIX = np.uint64(0x9E3779B97F4A7C15)
"""An odd number whose bits are mixed well: 2^64 over the golden ratio."""


@dataclass(frozen=True, slots=True)
class Variation:
    """One occurrence of a word whose tag is rarer than another one in the same context.

    Args:
        row: of the corpus.
        position: of the word in its sentence.
        tag: what it is tagged.
        usual: the most frequent tag in this context.
        count: how often the context has the usual tag.
        occurrences: how often the context occurs.
    """

    row: int
    position: int
    tag: str
    usual: str
    count: int
    occurrences: int


def variations(corpus: Corpus[Any], context: int = CONTEXT) -> list[Variation]:
    """The occurrences that differ from the usual tag of their context, those in the most decided contexts first.

    Where a context has each tag equally often, the first one in the corpus counts as usual.

    Args:
        corpus: tagged sentences.
        context: neighbours on each side that must be equal.
    """
    found = [one for group in _groups(corpus, context) for one in _minority(corpus, group)]
    return sorted(found, key=lambda one: (one.occurrences - 2 * one.count, one.row, one.position))


def _groups(corpus: Corpus[Any], context: int) -> Iterator[np.ndarray]:
    """Positions in the flat arrays that share a word and its neighbours, of each such context with several tags."""
    ids, tags = corpus.strings("tokens").ids, corpus.strings("tags").ids.values.astype(np.int64)
    windows = _windows(ids.values, ids.offsets, context)
    key = np.zeros(len(windows), np.uint64)
    for column in windows.T:
        key = (key ^ column.astype(np.uint64)) * _MIX
        key ^= key >> np.uint64(29)
    _, context_of = np.unique(key, return_inverse=True)
    pairs = np.unique(np.stack([context_of, tags]), axis=1)[0]
    varied = np.flatnonzero(np.bincount(pairs) > 1)
    members = np.flatnonzero(np.isin(context_of, varied))
    members = members[np.argsort(context_of[members], kind="stable")]
    for group in np.split(members, np.flatnonzero(np.diff(context_of[members])) + 1):
        # two contexts may have the same key: only those that are equal to the first count
        yield group[(windows[group] == windows[group[:1]]).all(axis=1)]


def _windows(values: np.ndarray, offsets: np.ndarray, context: int) -> np.ndarray:
    """Each token with its neighbours; 0, which is no token, beyond the edges. Shape (tokens, 2 context + 1)."""
    lengths = np.diff(offsets)
    at = np.arange(len(values)) + context * np.repeat(np.arange(1, len(lengths) + 1), lengths)
    padded = np.zeros(len(values) + context * (len(lengths) + 1), np.int64)
    padded[at] = values
    windows: np.ndarray = padded[at[:, None] + np.arange(-context, context + 1)]
    return windows


def _minority(corpus: Corpus[Any], group: np.ndarray) -> Iterator[Variation]:
    tags, offsets = corpus.strings("tags"), corpus.strings("tokens").ids.offsets
    named = [tags.table[tag] for tag in tags.ids.values[group].tolist()]
    for (usual, count), at, tag in zip(Counter(named).most_common(1) * len(group), group.tolist(), named, strict=True):
        if tag != usual:
            row = int(np.searchsorted(offsets, at, side="right")) - 1
            yield Variation(row, at - int(offsets[row]), tag, usual, count, len(group))
