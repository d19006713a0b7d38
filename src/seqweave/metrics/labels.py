"""How good the labels of whole examples are: accuracy, F1, confusion, and the threshold of multi-label answers.

Every example has a tuple of labels: exactly one in single-label tasks, any number in multi-label ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqweave.core.errors import InternalError
from seqweave.metrics.measure import Measure, share
from seqweave.metrics.tally import Tally

Labels = Sequence[tuple[str, ...]]

NEUTRAL_THRESHOLD = 0.5


@dataclass(frozen=True)
class Confusion:
    """How often each gold label was answered by each label.

    Args:
        labels: the labels, sorted.
        cells: gold label, answer, and how often the two met, for all that did; by gold label, then by answer. What
            thousands of labels take is as much as they are used. Shape (cells, 3), int64.
    """

    labels: tuple[str, ...]
    cells: np.ndarray

    @property
    def gold(self) -> np.ndarray:
        """How often each label is gold. Shape (labels,), int64."""
        found = np.zeros(len(self.labels), np.int64)
        np.add.at(found, self.cells[:, 0], self.cells[:, 2])
        return found


def accuracy(golds: Labels, answers: Labels) -> Measure:
    """Percent of the examples whose labels are all right and complete."""
    check_pairs(golds, answers)
    right = [set(gold) == set(answer) for gold, answer in zip(golds, answers, strict=True)]
    return Measure(np.column_stack([np.array(right, np.float64), np.ones(len(right))]), share)


def tally_labels(golds: Labels, answers: Labels) -> Tally:
    """Right, guessed and gold labels of every example."""
    check_pairs(golds, answers)
    return Tally.of(
        (tuple(set(gold) & set(answer)), tuple(set(answer)), tuple(set(gold)))
        for gold, answer in zip(golds, answers, strict=True)
    )


def confusion(golds: Sequence[str], answers: Sequence[str]) -> Confusion:
    """The confusion matrix of single labels, over all labels that are gold or answered."""
    check_pairs(golds, answers)
    labels = sorted({*golds, *answers})
    ids = {label: i for i, label in enumerate(labels)}
    met = np.array([(ids[gold], ids[answer]) for gold, answer in zip(golds, answers, strict=True)], np.int64)
    pairs, times = np.unique(met.reshape(-1, 2), axis=0, return_counts=True)
    return Confusion(tuple(labels), np.column_stack([pairs, times]))


def best_threshold(golds: np.ndarray, probabilities: np.ndarray) -> float:
    """The threshold at which answering every label with `probability >= threshold` has the highest micro F1.

    It lies midway between two neighbouring probabilities; of equally good ones, the nearest to 0.5 is taken.

    Args:
        golds: is the label gold? Shape (examples, labels), bool.
        probabilities: of every label, 0 to 1. Shape (examples, labels).

    Returns:
        The threshold, 0 to 1; 0.5 where no label is gold.
    """
    check_pairs(golds, probabilities)
    order = np.argsort(-probabilities, axis=None, kind="stable")
    scores, gold = probabilities.ravel()[order].astype(np.float64), golds.ravel()[order]
    if not gold.any():
        return NEUTRAL_THRESHOLD
    f1 = 2 * np.cumsum(gold) / (np.arange(1, len(gold) + 1) + gold.sum())
    following = np.append(scores[1:], 0.0)
    f1[:-1][scores[:-1] == scores[1:]] = -1.0  # no threshold parts equal probabilities
    best = ((scores + following) / 2)[f1 == f1.max()]
    return float(best[np.abs(best - NEUTRAL_THRESHOLD).argmin()])


def check_pairs(golds: Sequence[object] | np.ndarray, answers: Sequence[object] | np.ndarray) -> None:
    """Refuse golds and answers that cannot be paired one to one.

    Raises:
        InternalError: if there are not equally many.
    """
    if len(golds) != len(answers):
        raise InternalError("E-METRIC-02", f"there are {len(golds)} gold examples and {len(answers)} answers")
