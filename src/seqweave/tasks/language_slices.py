"""The perplexity of some kinds of tokens: by how often training holds them, and by whether they have just been read.

A token whose form training holds 1 to 10, 11 to 100, 101 to 1,000 times, or more; and one that is unknown, one that
stands among the last words before it, and any other. The end of a line is a token like others. Kinds are told by the
texts and the vocabulary alone, never by a model's answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import UNKNOWN
from seqweave.metrics.perplexity import perplexity
from seqweave.tasks.language_answer import LanguageAnswer, ScoredText
from seqweave.tasks.language_codec import LanguageCodec

BOUNDS = (10, 100, 1000)
"""Counts in training at which tokens are parted."""


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
    codec: LanguageCodec, golds: Sequence[DocumentExample], answers: Sequence[LanguageAnswer], window: int
) -> list[TokenSlice]:
    """How well each kind of tokens was told; kinds without tokens are left out.

    Args:
        codec: knows what training holds.
        golds: the texts.
        answers: their scores.
        window: words that a pointer sees.
    """
    dataset = codec.encode(Corpus.of(DocumentExample, golds))
    ids, forms = dataset.stream.ids(0, dataset.total), dataset.apart_ids(0, dataset.total)
    scored = [answer for answer in answers if isinstance(answer, ScoredText)]
    told = np.concatenate([answer.log_probabilities for answer in scored])
    begins = np.zeros(len(ids), np.int64)
    if codec.context == "document":
        begins = np.repeat(np.cumsum(dataset.lengths) - dataset.lengths, dataset.lengths)
    parts = {**_by_count(ids, codec), **_by_place(ids, recent(forms, begins, window), window)}
    found = [_slice(*names, told[held]) for names, held in parts.items() if held.any()]
    unknown = ids == UNKNOWN
    if unknown.any() and all(answer.apart for answer in scored):
        apart = np.concatenate([answer.apart for answer in scored])
        found.append(_slice("place", "not in the vocabulary, told apart", apart[unknown]))
    return found


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


def _slice(kind: str, name: str, told: np.ndarray) -> TokenSlice:
    count = len(told)
    return TokenSlice(kind, name, count, perplexity(told.sum(keepdims=True), np.array([count]), "").value)
