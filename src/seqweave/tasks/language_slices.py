"""The perplexity of some kinds of tokens: by how often training holds them, and by whether they have just been read.

A token whose form training holds 1 to 10, 11 to 100, 101 to 1,000 times, or more; and one that is unknown, one that
stands among the last words before it, and any other. The end of a line is a token like others. Kinds are told by the
texts and the vocabulary alone, never by a model's answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import UNKNOWN
from seqweave.metrics.perplexity import perplexity
from seqweave.tasks.language_answer import LanguageAnswer, ScoredText
from seqweave.tasks.language_codec import LanguageCodec
from seqweave.tasks.language_dataset import LanguageDataset

BOUNDS = (10, 100, 1000)
"""Counts in training at which tokens are parted."""
AT_ONCE = 1 << 16
"""Tokens that are parted at once, so that memory does not grow with the text."""


@dataclass(frozen=True, slots=True)
class TokenSlice:
    """Some of the tokens of a file.

    Args:
        kind: what tokens are parted by.
        name: which part of them this is.
        tokens: how many they are.
        perplexity: theirs alone.
    """

    kind: str
    name: str
    tokens: int
    perplexity: float

    def to_json(self) -> dict[str, Any]:
        """As JSON values, rounded to three digits."""
        return {"kind": self.kind, "name": self.name, "tokens": self.tokens, "perplexity": round(self.perplexity, 3)}


def token_slices(
    codec: LanguageCodec, corpus: Corpus[DocumentExample], answers: Iterable[LanguageAnswer], window: int
) -> list[TokenSlice]:
    """How well each kind of tokens was told; kinds without tokens are left out.

    Args:
        codec: knows what training holds.
        corpus: the texts.
        answers: their scores, in order.
        window: words that a pointer sees.
    """
    dataset, left = codec.encode(corpus), iter(answers)
    sums = defaultdict[tuple[str, str], np.ndarray](lambda: np.zeros(2))
    for first, last in _stretches(np.cumsum(dataset.lengths)):
        scored = [answer for answer in islice(left, last - first) if isinstance(answer, ScoredText)]
        for names, told in _parts(codec, dataset, first, scored, window):
            sums[names] += told.sum(), len(told)
    return [
        TokenSlice(*names, int(tokens), perplexity(np.array([nats]), np.array([tokens]), "").value)
        for names, (nats, tokens) in sums.items()
        if tokens
    ]


def _stretches(ends: np.ndarray) -> Iterator[tuple[int, int]]:
    """The first and the last text, exclusive, of stretches of about so many tokens. Shape of ends: (texts,), int64."""
    first = 0
    while first < len(ends):
        last = max(int(ends.searchsorted(ends[first] + AT_ONCE)), first + 1)
        yield first, last
        first = last


def _parts(
    codec: LanguageCodec, dataset: LanguageDataset, first: int, scored: Sequence[ScoredText], window: int
) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """The log-probabilities of each kind of tokens in some texts, from the text `first` on."""
    rows = np.arange(first, first + len(scored))
    begins, ends = dataset.stream.bounds(rows)
    start, stop = int(begins[0]), int(ends[-1])
    ids, told = dataset.stream.ids(start, stop), np.concatenate([one.log_probabilities for one in scored])
    before = max(start - window, 0)
    since = np.repeat(begins, ends - begins) if codec.context == "document" else np.zeros(len(ids), np.int64)
    since = np.concatenate([np.zeros(start - before, np.int64), np.maximum(since - before, 0)])
    near = recent(dataset.apart_ids(before, stop), since, window)[start - before :]
    for names, held in {**_by_count(ids, codec), **_by_place(ids, near, window)}.items():
        yield names, told[held]
    if all(one.apart for one in scored):
        apart = np.concatenate([one.apart for one in scored])
        yield ("place", "not in the vocabulary, told apart"), apart[ids == UNKNOWN]


def recent(forms: np.ndarray, begins: np.ndarray, window: int) -> np.ndarray:
    """Whether each token stands among the last ones before it, too. Shape (tokens,), bool.

    Args:
        forms: ids. Shape (tokens,).
        begins: where the text of each begins. Shape (tokens,).
        window: how many tokens back.

    Example:
        >>> recent(np.array([4, 5, 4, 6, 5]), np.zeros(5, np.int64), 2).tolist()
        [False, False, True, False, False]
    """
    order = np.lexsort((np.arange(len(forms)), forms))
    before = np.full(len(forms), -1, np.int64)
    same = forms[order[1:]] == forms[order[:-1]]
    before[order[1:][same]] = order[:-1][same]
    return (before >= begins) & (np.arange(len(forms)) - before <= window)


def _by_count(ids: np.ndarray, codec: LanguageCodec) -> dict[tuple[str, str], np.ndarray]:
    counts, known = codec.tokens.vocabulary.counts[ids], ids != UNKNOWN
    found, low = dict[tuple[str, str], np.ndarray](), 1
    for high in BOUNDS:
        found["count in training", f"{low:,} to {high:,}"] = known & (counts >= low) & (counts <= high)
        low = high + 1
    return {**found, ("count in training", "more"): known & (counts >= low)}


def _by_place(ids: np.ndarray, near: np.ndarray, window: int) -> dict[tuple[str, str], np.ndarray]:
    unknown = ids == UNKNOWN
    parts = {
        f"among the last {window:,} tokens": ~unknown & near,
        "not in the vocabulary": unknown,
        "other": ~unknown & ~near,
    }
    return {("place", name): held for name, held in parts.items()}
