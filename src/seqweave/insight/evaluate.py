"""How good answers are: official scores with intervals, beside trivial answers, and on lines training never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqweave.core.errors import Notice
from seqweave.core.sequences import Kept
from seqweave.metrics.measure import Interval, Scores, intervals
from seqweave.tasks.contract import Details, Task


@dataclass(frozen=True)
class Evaluation:
    """What is known of a model's answers to one file.

    Args:
        task: name of the task.
        data: name of the file.
        golds: the examples.
        answers: the answers, one for each example.
        scores: the task's scores.
        baselines: scores of trivial answers, by the baseline's name.
        unseen: scores over the examples that share no text with training; empty where none does.
        seen: how many of the examples share a text with training.
        details: per-class table, confusion, worst errors.
        notices: counted warnings of the file, where it was read for this alone.
        unknown: what became of words that training never wrote, as JSON values; empty where no texts are written.
        pointer: settings of a language model's pointer, and how they were chosen, as JSON values; empty without one.
        slices: how well kinds of tokens were told, as JSON values, where each token has a probability.
    """

    task: str
    data: str
    golds: Sequence[Any]
    answers: Sequence[Any]
    scores: Scores
    baselines: Mapping[str, Scores]
    details: Details
    unseen: Scores = field(default_factory=dict)
    seen: int = 0
    notices: Sequence[Notice] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict)
    pointer: Mapping[str, Any] = field(default_factory=dict)
    slices: Sequence[Mapping[str, Any]] = ()

    def to_json(self, resamples: int = 1000, seed: int = 1) -> dict[str, Any]:
        """The object that `evaluate --json` prints; values rounded to three digits.

        Args:
            resamples: bootstrap resamples of the examples.
            seed: of the bootstrap.
        """
        result: dict[str, Any] = {
            "task": self.task,
            "data": self.data,
            "examples": len(self.golds),
            "scores": {name: _rounded(i) for name, i in intervals(self.scores, resamples, seed).items()},
            "baselines": {name: plain(scores) for name, scores in self.baselines.items()},
        }
        signatures = {name: measure.signature for name, measure in self.scores.items() if measure.signature}
        if signatures:
            result["signatures"] = signatures
        if self.unknown:
            result["unknown_words"] = dict(self.unknown)
        if self.pointer:
            result["pointer"] = dict(self.pointer)
        if self.slices:
            result["slices"] = list(self.slices)
        if self.seen:
            result["unseen"] = {"examples": len(self.golds) - self.seen, "scores": plain(self.unseen)}
        if self.notices:
            result["notices"] = [notice.to_json() for notice in self.notices]
        return result


def evaluate(
    task: Task[Any, Any, Any, Any],
    name: str,
    data: str,
    golds: Sequence[Any],
    answers: Sequence[Any],
) -> Evaluation:
    """The scores and details of answers; baselines and unseen lines are added by who knows the training part."""
    return Evaluation(name, data, golds, answers, task.score(golds, answers), {}, task.details(golds, answers))


def without(task: Task[Any, Any, Any, Any], golds: Sequence[Any], answers: Sequence[Any], seen: np.ndarray) -> Scores:
    """Scores over the examples that are not in `seen`.

    Args:
        task: the task.
        golds: the examples.
        answers: the answers.
        seen: rows to leave out. Shape (rows,), int64.
    """
    rows = np.setdiff1d(np.arange(len(golds)), seen).tolist()
    return task.score(Kept(golds, rows), Kept(answers, rows))


def plain(scores: Scores) -> dict[str, dict[str, float]]:
    """Scores without intervals, as JSON shows them."""
    return {name: {"value": round(measure.value, 3)} for name, measure in scores.items()}


def _rounded(interval: Interval) -> dict[str, float]:
    return {name: round(value, 3) for name, value in interval.to_json().items()}
