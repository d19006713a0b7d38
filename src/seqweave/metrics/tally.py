"""Precision, recall and F1 of anything that has labels: label sets, tokens or spans.

All of them count, for each example and label, how often the label was right, guessed and gold.

    precision = right / guessed,   recall = right / gold,   F1 = 2 * right / (guessed + gold)

Micro scores sum the counts of all labels first; macro F1 is the mean of the labels' own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqweave.metrics.measure import Measure, ratio

RIGHT, GUESSED, GOLD = range(3)

Outcome = tuple[Sequence[str], Sequence[str], Sequence[str]]
"""The labels that were right, guessed and gold in one example, each as often as it occurs."""


@dataclass(frozen=True, slots=True)
class ClassScores:
    """One row of a per-class table.

    Args:
        precision: percent of the guesses that are right.
        recall: percent of the gold ones that were found.
        f1: harmonic mean of the two.
        gold: how many gold ones there are.
    """

    precision: Measure
    recall: Measure
    f1: Measure
    gold: int

    def to_json(self) -> dict[str, float]:
        """Plain values, as computed."""
        return {
            "precision": self.precision.value,
            "recall": self.recall.value,
            "f1": self.f1.value,
            "gold": self.gold,
        }


@dataclass(frozen=True)
class Tally:
    """Counts of right, guessed and gold labels.

    Args:
        labels: the labels, sorted.
        counts: how often each was right, guessed and gold. Shape (examples, labels, 3), float64.
    """

    labels: tuple[str, ...]
    counts: np.ndarray

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Tally:
        """The tally of one outcome per example."""
        ids: dict[str, int] = {}
        examples, cells = 0, []
        for outcome in outcomes:
            for column, labels in enumerate(outcome):
                cells += [(examples, ids.setdefault(label, len(ids)), column) for label in labels]
            examples += 1
        counts = np.zeros((examples, len(ids), 3))
        np.add.at(counts, tuple(np.array(cells, np.int64).reshape(-1, 3).T), 1.0)
        names = sorted(ids)
        return cls(tuple(names), counts[:, [ids[name] for name in names]])

    def precision(self) -> Measure:
        """Micro precision: percent of all guesses that are right."""
        return Measure(self.counts.sum(axis=1), _precision)

    def recall(self) -> Measure:
        """Micro recall: percent of all gold labels that were found."""
        return Measure(self.counts.sum(axis=1), _recall)

    def f1(self) -> Measure:
        """Micro F1: over the counts of all labels together."""
        return Measure(self.counts.sum(axis=1), _f1)

    def macro_f1(self) -> Measure:
        """Mean F1 of the labels that are gold or guessed at least once."""
        return Measure(self.counts.reshape(len(self.counts), 3 * len(self.labels)), _macro_f1)

    def table(self) -> Mapping[str, ClassScores]:
        """Precision, recall and F1 of every label, in the order of `labels`."""
        return {label: self._row(self.counts[:, i]) for i, label in enumerate(self.labels)}

    @staticmethod
    def _row(counts: np.ndarray) -> ClassScores:
        gold = int(counts[:, GOLD].sum())
        return ClassScores(Measure(counts, _precision), Measure(counts, _recall), Measure(counts, _f1), gold)


def _precision(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., RIGHT], sums[..., GUESSED])


def _recall(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., RIGHT], sums[..., GOLD])


def _f1(sums: np.ndarray) -> np.ndarray:
    return ratio(2 * sums[..., RIGHT], sums[..., GUESSED] + sums[..., GOLD])


def _macro_f1(sums: np.ndarray) -> np.ndarray:
    by_label = sums.reshape(*sums.shape[:-1], sums.shape[-1] // 3, 3)
    seen = (by_label[..., GUESSED] + by_label[..., GOLD]) > 0
    return ratio(_f1(by_label).sum(axis=-1) / 100.0, seen.sum(axis=-1))
