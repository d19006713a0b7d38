"""Which labels are taken for which others: the picture of a confusion matrix, and its largest entries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqweave.metrics.labels import Confusion

MOST_LABELS = 30
"""Labels that a picture shows one by one."""
MOST_PAIRS = 8
"""Mix-ups that are told in words."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A confusion matrix as it is shown.

    Args:
        labels: the most frequent gold labels first; where there are too many, the last one stands for the others.
        counts: row: gold label; column: answer. Shape (labels, labels), int64.
        others: how many labels the last one stands for; 0 where it is an ordinary one.
    """

    labels: tuple[str, ...]
    counts: np.ndarray
    others: int


@dataclass(frozen=True, slots=True)
class MixUp:
    """A label that was taken for another one.

    Args:
        gold: what is right.
        answer: what was answered.
        count: how often.
        share: of all occurrences of the gold label, percent.
    """

    gold: str
    answer: str
    count: int
    share: float


def grid(confusion: Confusion, most: int = MOST_LABELS) -> Grid:
    """The labels by how often they are gold, those beyond the first `most` taken together.

    Args:
        confusion: all labels.
        most: how many are shown one by one, at least 1.
    """
    order = np.argsort(-confusion.counts.sum(axis=1), kind="stable")
    names = [confusion.labels[i] for i in order]
    counts = confusion.counts[np.ix_(order, order)]
    others = len(names) - most
    if others < 2:
        return Grid(tuple(names), counts, 0)
    starts = np.arange(most + 1)
    together = np.add.reduceat(np.add.reduceat(counts, starts, axis=0), starts, axis=1)
    return Grid((*names[:most], f"{others} others"), together, others)


def mix_ups(confusion: Confusion, most: int = MOST_PAIRS) -> list[MixUp]:
    """The most frequent wrong answers, as pairs of gold and answered label."""
    wrong = confusion.counts * (1 - np.eye(len(confusion.labels), dtype=np.int64))
    found = []
    for flat in np.argsort(-wrong, axis=None, kind="stable")[:most].tolist():
        gold, answer = divmod(flat, len(confusion.labels))
        if count := int(wrong[gold, answer]):
            share = 100 * count / int(confusion.counts[gold].sum())
            found.append(MixUp(confusion.labels[gold], confusion.labels[answer], count, share))
    return found
