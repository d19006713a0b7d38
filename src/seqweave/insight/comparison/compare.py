"""Several systems on the same examples: by every metric of the task, and by the main one on parts of the examples.

All answers are scored in one go, so that every system's counts have the same columns; metrics that are no means (F1)
are computed anew from summed counts in every resample, never averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from seqweave.insight.comparison.contest import Contest, Ground, Plan, hold
from seqweave.insight.comparison.slices import by_ending, by_known, by_known_share, by_length
from seqweave.metrics.measure import Measure
from seqweave.tasks.contract import Task

MOST_CLASSES = 20
"""Classes that get a slice each, the most frequent ones."""


@dataclass(frozen=True)
class Gold:
    """What all systems are held to.

    Args:
        kind: name of the task.
        task: scores answers.
        data: name of the file.
        examples: its examples.
        counts: how often each word stands in training; None where that is not known.
    """

    kind: str
    task: Task[Any, Any, Any, Any]
    data: str
    examples: Sequence[Any]
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True)
class System:
    """What is compared.

    Args:
        name: how it is called.
        answers: of each of its runs, one answer for each example.
        seeds: of its runs, where it was trained with several; none otherwise.
    """

    name: str
    answers: Sequence[Sequence[Any]]
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What is known of several systems.

    Args:
        gold: what they were held to.
        systems: all of them; the others are compared with the first.
        plan: how chance was ruled out.
        contests: by metric.
        slices: by part of the examples.
    """

    gold: Gold
    systems: Sequence[System]
    plan: Plan
    contests: Mapping[str, Contest]
    slices: Sequence[Contest]

    @property
    def main(self) -> Contest:
        """The contest by the task's main metric, or where that compares none of the systems, by the first that does."""
        return self.contests[_main(self.gold.task, self.contests)]


def compare(gold: Gold, systems: Sequence[System], plan: Plan) -> Comparison:
    """Hold all contests. Those by one metric are corrected for together, and so are all slices.

    Args:
        gold: what the systems are held to.
        systems: at least two, each with an answer to every example.
        plan: how chance is ruled out.
    """
    scored = _Scored(gold, systems)
    contests = {ground.name: hold([ground], plan)[0] for ground in scored.metrics()}
    return Comparison(gold, systems, plan, contests, hold(list(scored.slices()), plan))


def _main(task: Task[Any, Any, Any, Any], by_metric: Mapping[str, Any]) -> str:
    return task.main_metric if task.main_metric in by_metric else next(iter(by_metric))


class _Scored:
    """All runs of all systems scored together, one after another, and parted again."""

    def __init__(self, gold: Gold, systems: Sequence[System]) -> None:
        self.gold, self.task = gold, gold.task
        self.runs = [len(system.answers) for system in systems]
        self.golds = list(gold.examples) * sum(self.runs)
        self.answers = list(chain.from_iterable(run for system in systems for run in system.answers))
        self.scores = self.task.score(self.golds, self.answers)

    def metrics(self) -> Iterator[Ground]:
        """Every metric over all examples."""
        for name, measure in self.scores.items():
            systems = self._parted(measure)
            yield Ground("all", name, len(systems[0][0].counts), "examples", systems)

    def slices(self) -> Iterator[Ground]:
        """The main metric on parts of the examples, and the F1 of classes."""
        examples, main = self.gold.examples, self.scores[_main(self.task, self.scores)]
        parts = [*by_length(examples), *by_ending(examples)]
        if self.gold.counts is not None:
            tokens = list(self._known_tokens(self.gold.counts))
            yield from tokens
            # of systems that cut texts into other tokens, the counts are those of one of them
            parts += [] if tokens or not self._of_one_kind else by_known_share(examples, self.gold.counts)
        for part in parts:
            yield Ground(part.kind, part.name, len(part.rows), "examples", self._parted(main, part.rows))
        yield from self._classes()

    @property
    def _of_one_kind(self) -> bool:
        """Whether the task's main metric compares the systems."""
        return self.task.main_metric in self.scores

    def _known_tokens(self, counts: Mapping[str, int]) -> Iterator[Ground]:
        """Tokens that training knows well, hardly, or not at all; nothing where answers are not about tokens."""
        for name, masks in by_known(self.gold.examples, counts).items():
            scores = self.task.score_tokens(self.golds, self.answers, masks * sum(self.runs))
            rows = np.flatnonzero([any(mask) for mask in masks])
            if self.task.main_metric in scores:
                systems = self._parted(scores[self.task.main_metric], rows)
                yield Ground("words", name, sum(map(sum, masks)), "tokens", systems)

    def _classes(self) -> Iterator[Ground]:
        """F1 of the most frequent classes."""
        table, runs = self.task.details(self.golds, self.answers).classes, sum(self.runs)
        counted = sorted((-table[label].gold, label) for label in table)
        for gold, label in counted[:MOST_CLASSES]:
            if gold:
                yield Ground("class", label, -gold // runs, "in gold", self._parted(table[label].f1))

    def _parted(self, measure: Measure, rows: np.ndarray | None = None) -> list[list[Measure]]:
        """A measure over the examples of all runs as one for each run, by system; on some of the rows, or all."""
        of_run = iter(np.split(measure.counts, sum(self.runs)))
        chosen = slice(None) if rows is None else rows
        return [[replace(measure, counts=next(of_run)[chosen]) for _ in range(runs)] for runs in self.runs]
