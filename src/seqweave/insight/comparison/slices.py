"""Parts of a test set that differ in kind: short and long, known and unknown words, questions and statements.

A slice is told by the examples alone, never by anybody's answers, so that no system has a say in it. What does not part
the examples at all is no slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

QUARTERS = (0.25, 0.5, 0.75)
RARE = 5
"""Words that training holds at most so often are rare."""
CLOSING = "\"'”’»)）]】」』》"
"""What may follow the mark that ends a sentence."""
QUESTION, EXCLAMATION, STOP = "?？؟", "!！", ".。．…"
PARTICLES = ("吗", "嗎")
"""Words that make a Chinese sentence a question, with or without its mark."""


class Tokenized(Protocol):
    """An example with a text and its tokens."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """Its tokens."""


Golds = Sequence[Tokenized]
Masks = list[list[bool]]


@dataclass(frozen=True)
class Slice:
    """Some of the examples.

    Args:
        kind: what the examples are parted by.
        name: which part of them this is.
        rows: the examples, ascending. Shape (examples,), int64.
    """

    kind: str
    name: str
    rows: np.ndarray


def by_length(golds: Golds) -> list[Slice]:
    """Quarters of the examples, from the shortest to the longest; fewer where many are equally long."""
    lengths = np.array([len(gold.tokens) for gold in golds])
    bounds = np.unique(np.quantile(lengths, QUARTERS, method="inverted_cdf"))
    of = np.searchsorted(bounds, lengths)
    found = []
    for part in np.unique(of).tolist():
        rows = np.flatnonzero(of == part)
        low, high = int(lengths[rows].min()), int(lengths[rows].max())
        found.append(Slice("length", f"{low} to {high} tokens" if low < high else f"{low} tokens", rows))
    return _parting(found)


def by_ending(golds: Golds) -> list[Slice]:
    """Questions, exclamations, statements, and what ends without a mark, as most headings do."""
    endings = np.array([ending(gold.text) for gold in golds])
    kinds = ("question", "exclamation", "statement", "no end mark")
    return _parting([Slice("sentence type", kind, np.flatnonzero(endings == kind)) for kind in kinds])


def ending(text: str) -> str:
    """The type of a sentence, by how it ends; of a longer text, that of its last one.

    Example:
        >>> [ending(text) for text in ("Really?!", "他来了吗", "(So it is.)", "Chapter 1")]
        ['question', 'question', 'statement', 'no end mark']
    """
    bare = "".join(text.split()).rstrip(CLOSING)
    words = bare.rstrip(QUESTION + EXCLAMATION + STOP)
    marks = bare[len(words) :]
    if any(mark in QUESTION for mark in marks) or words.endswith(PARTICLES):
        return "question"
    if any(mark in EXCLAMATION for mark in marks):
        return "exclamation"
    return "statement" if marks else "no end mark"


def by_known_share(golds: Golds, counts: Mapping[str, int]) -> list[Slice]:
    """Texts without unknown words, with few, and with many; and the same of rare words.

    Args:
        golds: the examples.
        counts: how often each word stands in training.
    """
    seen = [np.array([counts.get(token, 0) for token in gold.tokens]) for gold in golds]
    unknown = np.array([np.mean(of == 0) for of in seen])
    rare = np.array([np.mean((of > 0) & (of <= RARE)) for of in seen])
    return [*_by_share("unknown words", unknown), *_by_share("rare words", rare)]


def _by_share(kind: str, shares: np.ndarray) -> list[Slice]:
    some = shares[shares > 0]
    middle = float(np.median(some)) if len(some) else 0.0
    few, many = (shares > 0) & (shares <= middle), (shares > 0) & (shares > middle)
    names = ("none", f"up to {100 * middle:.1f} %", f"more than {100 * middle:.1f} %")
    parts = zip(names, (shares == 0, few, many), strict=True)
    return _parting([Slice(kind, name, np.flatnonzero(held)) for name, held in parts])


def _parting(parts: Sequence[Slice]) -> list[Slice]:
    """The parts that hold anything, if there are several."""
    found = [part for part in parts if len(part.rows)]
    return found if len(found) > 1 else []


def by_known(golds: Golds, counts: Mapping[str, int]) -> dict[str, Masks]:
    """Which tokens are unknown, rare, or frequent, for tasks that answer tokens one by one; parts without any left out.

    Args:
        golds: the examples.
        counts: how often each word stands in training.
    """
    seen = [[counts.get(token, 0) for token in gold.tokens] for gold in golds]
    parts = {
        "never seen in training": [[count == 0 for count in of] for of in seen],
        f"seen 1 to {RARE} times": [[0 < count <= RARE for count in of] for of in seen],
        "seen more often": [[count > RARE for count in of] for of in seen],
    }
    return {name: masks for name, masks in parts.items() if any(map(any, masks))}
