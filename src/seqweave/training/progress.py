"""How far training has come: everything that is decided by counting, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from seqweave.core.errors import DataError
from seqweave.training.contract import StepSums


@dataclass
class Progress:
    """Position, scores so far, and the sums since the last log line.

    Args:
        epoch: passes over the data that are complete.
        index: draws of the present epoch that are done.
        step: optimizer steps taken.
        history: fitness of every evaluation, in order; early stopping, best model and plateaus all follow from it.
        evaluated: the step of the last evaluation; -1 before the first.
        best_step: the step of the best evaluation; -1 before the first.
        best_scores: its scores.
        sums: total, count and parts since the last log line.
    """

    epoch: int = 0
    index: int = 0
    step: int = 0
    history: list[float] = field(default_factory=list)
    evaluated: int = -1
    best_step: int = -1
    best_scores: dict[str, float] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, sums: StepSums) -> None:
        """Count a step that was taken."""
        self.step += 1
        for name, value in {"total": sums.total, "count": sums.count, **sums.parts}.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def means(self) -> dict[str, float]:
        """Mean loss and its parts since the last call."""
        count = max(self.sums.get("count", 0.0), 1.0)
        means = {"loss" if k == "total" else k: v / count for k, v in self.sums.items() if k != "count"}
        self.sums = {}
        return means

    def scored(self, scores: Mapping[str, float], fitness: float) -> bool:
        """Enter an evaluation of the present step; True where none before was better.

        Of equals the last is taken: on a small dev part scores stand still while the weights still settle.
        """
        improved = not self.history or fitness >= max(self.history)
        self.history.append(fitness)
        self.evaluated = self.step
        if improved:
            self.best_step, self.best_scores = self.step, dict(scores)
        return improved

    def to_json(self) -> dict[str, Any]:
        """Plain values; `restored` is the inverse."""
        return asdict(self)

    @staticmethod
    def restored(state: Mapping[str, Any]) -> Progress:
        """The progress that `to_json` described; another set of values is a DataError."""
        if set(state) != set(asdict(Progress())):
            raise DataError(
                "E-CKPT-05", "the checkpoint's progress is of another version", mend="resume with the version it is of"
            )
        return Progress(**state)
