"""Near-duplicates: rows of one corpus that say almost what a row of another one says.

A row is the set of its pairs of neighbouring tokens, its edges among them, without case, width and punctuation. Two
rows are near where their sets' Jaccard similarity |A and B| / |A or B| reaches a threshold. All such rows are found:
with the rarest pairs first, two sets as similar as t share one of the first |A| - ceil(t |A|) + 1 pairs of each, so
that only rows that do are compared.

Paper: Chaudhuri, Ganti and Kaushik, 2006, doi:10.1109/ICDE.2006.9 (prefix filter); Bayardo, Ma and Srikant, 2007,
doi:10.1145/1242572.1242591 (rarest first).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqweave.data.corpus import Corpus, Ragged
from seqweave.data.splits import normalised

THRESHOLD = 0.8
COMPARISONS = 2_000_000
"""Most rows that are compared in full, some microseconds each."""
EDGE, DROPPED = 0, -1


@dataclass(frozen=True, slots=True)
class Near:
    """A row and the one it is most like.

    Args:
        row: in the corpus that was asked about.
        like: the row of the other corpus.
        similarity: Jaccard similarity of their pairs of tokens, 0 to 1.
    """

    row: int
    like: int
    similarity: float


def near_duplicates(train: Corpus[Any], other: Corpus[Any], threshold: float = THRESHOLD) -> tuple[list[Near], int]:
    """The rows of `other` that are near a row of `train`, each with the nearest, equal ones too.

    Args:
        train: what they are compared with.
        other: asked about.
        threshold: least similarity, above 0 and at most 1.

    Returns:
        The rows, ascending; and how many rows were compared before the comparisons were used up.
    """
    known, asked = _ranked(_pairs([train, other]))
    prefixes = Ragged(*_prefixes(known, threshold))
    rows = np.repeat(np.arange(len(known)), prefixes.lengths)
    order = np.argsort(prefixes.values, kind="stable")
    postings, holders = prefixes.values[order], rows[order]
    found: list[Near] = []
    left = COMPARISONS
    for row in range(len(asked)):
        if left <= 0:
            return found, row
        mine = asked[row]
        first = mine[: _prefix(len(mine), threshold)]
        bounds = zip(np.searchsorted(postings, first), np.searchsorted(postings, first, "right"), strict=True)
        candidates = np.unique(np.concatenate([holders[:0], *(holders[low:high] for low, high in bounds)]))
        left -= len(candidates)
        nearest = max(_similar(mine, known, candidates), default=(0.0, 0))
        if nearest[0] >= threshold:
            found.append(Near(row, -nearest[1], nearest[0]))
    return found, len(asked)


def _similar(mine: np.ndarray, known: Ragged, candidates: np.ndarray) -> Iterator[tuple[float, int]]:
    """The similarity to each candidate, with its row negated: among equals the first is the largest."""
    own = set(mine.tolist())
    for row in candidates.tolist():
        shared = len(own.intersection(known[row].tolist()))
        yield shared / (len(own) + len(known[row]) - shared), -row


def _prefix(size: int, threshold: float) -> int:
    """How many of a set's rarest members one as similar as the threshold must share one of; none of an empty set."""
    # a little less than the product, which rounding may have raised above a whole number
    return size - int(np.ceil(threshold * size - 1e-9)) + 1 if size else 0


def _prefixes(sets: Ragged, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """The rarest members of each set, end to end, and where each set's begin."""
    sizes = np.array([_prefix(size, threshold) for size in sets.lengths.tolist()], np.int64)
    place = np.arange(len(sets.values)) - np.repeat(sets.offsets[:-1], sets.lengths)
    return sets.values[place < np.repeat(sizes, sets.lengths)], np.concatenate([[0], np.cumsum(sizes)])


def _pairs(corpora: Sequence[Corpus[Any]]) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Of each corpus the distinct (row, pair) in order, as two arrays, and its number of rows."""
    forms: dict[str, int] = {}
    tables = [[_form(token, forms) for token in corpus.strings("tokens").table] for corpus in corpora]
    found = []
    for corpus, table in zip(corpora, tables, strict=True):
        ids = corpus.strings("tokens").ids
        tokens, rows = np.array(table, np.int64)[ids.values], np.repeat(np.arange(len(ids)), ids.lengths)
        tokens, rows = tokens[tokens != DROPPED], rows[tokens != DROPPED]
        begins = np.diff(rows, prepend=-1) > 0
        lefts = np.where(begins, EDGE, np.roll(tokens, 1))
        ends = np.diff(rows, append=len(ids)) > 0
        keys = np.concatenate([lefts, tokens[ends]]) * (len(forms) + 1) + np.concatenate([tokens, 0 * tokens[ends]])
        every = np.unique(np.stack([np.concatenate([rows, rows[ends]]), keys]), axis=1)
        found.append((every[0], every[1], len(ids)))
    return found


def _form(token: str, forms: dict[str, int]) -> int:
    """The number of a token's normalised form, from 1; DROPPED where it holds no letter and no digit."""
    form = normalised(token)
    return forms.setdefault(form, len(forms) + 1) if any(map(str.isalnum, form)) else DROPPED


def _ranked(pairs: Sequence[tuple[np.ndarray, np.ndarray, int]]) -> list[Ragged]:
    """Each row's pairs by how rare they are over all corpora, as ascending ranks."""
    _, inverse, counts = np.unique(
        np.concatenate([keys for _, keys, _ in pairs]), return_inverse=True, return_counts=True
    )
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    ranked, sets, first = rank[inverse], [], 0
    for rows, keys, size in pairs:
        values = ranked[first : first + len(keys)]
        order = np.lexsort([values, rows])
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
        sets.append(Ragged(values[order], offsets))
        first += len(keys)
    return sets
