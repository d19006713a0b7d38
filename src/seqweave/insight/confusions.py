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
    order = np.argsort(-confusion.gold, kind="stable")
    names = [confusion.labels[i] for i in order]
    others = len(names) - most if len(names) > most + 1 else 0
    shown = [*names[:most], f"{others} others"] if others else names
    place = np.empty(len(names), np.int64)
    place[order] = np.minimum(np.arange(len(names)), len(shown) - 1)
    golds, answers, times = confusion.cells.T
    counts = np.zeros((len(shown), len(shown)), np.int64)
    np.add.at(counts, (place[golds], place[answers]), times)
    return Grid(tuple(shown), counts, others)


def mix_ups(confusion: Confusion, most: int = MOST_PAIRS) -> list[MixUp]:
    """The most frequent wrong answers, as pairs of gold and answered label."""
    golds, answers, _ = confusion.cells.T
    wrong, labels, totals = confusion.cells[golds != answers], confusion.labels, confusion.gold
    largest = wrong[np.argsort(-wrong[:, 2], kind="stable")[:most]]
    return [
        MixUp(labels[gold], labels[answer], count, 100 * count / int(totals[gold]))
        for gold, answer, count in largest.tolist()
    ]
