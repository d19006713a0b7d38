"""Precision, recall and F1 of anything that has labels: label sets, tokens or spans.

All of them count, for each example and label, how often the label was right, guessed and gold.

    precision = right / guessed,   recall = right / gold,   F1 = 2 * right / (guessed + gold)

Micro scores sum the counts of all labels first; macro F1 is the mean of the labels' own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """Counts of right, guessed and gold labels, held as what occurs, so that thousands of labels take little memory.

    Args:
        labels: the labels, sorted.
        cells: example, label and one of `RIGHT`, `GUESSED`, `GOLD`, each as often as it occurs, by label. Shape
            (cells, 3), int64.
        examples: how many there are.
    """

    labels: tuple[str, ...]
    cells: np.ndarray
    examples: int

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Tally:
        """The tally of one outcome per example."""
        ids: dict[str, int] = {}
        examples, cells = 0, []
        for outcome in outcomes:
            for column, labels in enumerate(outcome):
                cells += [(examples, ids.setdefault(label, len(ids)), column) for label in labels]
            examples += 1
        found, names = np.array(cells, np.int64).reshape(-1, 3), sorted(ids)
        place = np.empty(len(ids), np.int64)
        place[[ids[name] for name in names]] = np.arange(len(ids))
        found[:, 1] = place[found[:, 1]]
        return cls(tuple(names), found[np.argsort(found[:, 1], kind="stable")], examples)

    def precision(self) -> Measure:
        """Micro precision: percent of all guesses that are right."""
        return Measure(self._summed(self.cells), _precision)

    def recall(self) -> Measure:
        """Micro recall: percent of all gold labels that were found."""
        return Measure(self._summed(self.cells), _recall)

    def f1(self) -> Measure:
        """Micro F1: over the counts of all labels together."""
        return Measure(self._summed(self.cells), _f1)

    def macro_f1(self) -> Measure:
        """Mean F1 of the labels that are gold or guessed at least once; it counts every label in every example."""
        counts = np.zeros((self.examples, len(self.labels), 3))
        np.add.at(counts, tuple(self.cells.T), 1.0)
        return Measure(counts.reshape(self.examples, 3 * len(self.labels)), _macro_f1)

    def table(self) -> Mapping[str, ClassScores]:
        """Precision, recall and F1 of every label, in the order of `labels`; each is counted when it is asked for."""
        return _Table(self)

    def row(self, label: str) -> ClassScores:
        """Precision, recall and F1 of one label.

        Raises:
            KeyError: if it is neither gold nor guessed.
        """
        at = bisect_left(self.labels, label)
        if self.labels[at : at + 1] != (label,):
            raise KeyError(label)
        counts = self._summed(self.cells[slice(*np.searchsorted(self.cells[:, 1], [at, at + 1]))])
        gold = int(counts[:, GOLD].sum())
        return ClassScores(Measure(counts, _precision), Measure(counts, _recall), Measure(counts, _f1), gold)

    def _summed(self, cells: np.ndarray) -> np.ndarray:
        """How often cells were right, guessed and gold in each example. Shape (examples, 3), float64."""
        counts = np.zeros((self.examples, 3))
        np.add.at(counts, (cells[:, 0], cells[:, 2]), 1.0)
        return counts


@dataclass(frozen=True, eq=False)
class _Table(Mapping[str, ClassScores]):
    """The rows of a tally."""

    tally: Tally

    def __getitem__(self, label: str) -> ClassScores:
        return self.tally.row(label)

    def __iter__(self) -> Iterator[str]:
        return iter(self.tally.labels)

    def __len__(self) -> int:
        return len(self.tally.labels)


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
