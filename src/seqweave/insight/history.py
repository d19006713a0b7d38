"""How a training went, as the files of its run tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqweave.core.errors import Place
from seqweave.core.events import METRICS, TIMING
from seqweave.core.files import read_bytes
from seqweave.core.json_text import parse_json

POSITION = ("event", "step", "epoch")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One scoring of the dev part.

    Args:
        step: optimizer steps before it.
        epoch: epochs begun before it.
        value: of the watched metric.
        best: whether it was better than all before it.
        processor_seconds: of all training before it, in this run and those it resumes, evaluations left out.
    """

    step: int
    epoch: int
    value: float
    best: bool
    processor_seconds: float = 0.0


@dataclass(frozen=True)
class History:
    """The course of one training; empty where a model is fitted in one go.

    Args:
        losses: (step, mean training loss since the last one), in order; those that are finite.
        evaluations: in order.
        watched: the metric that chose the best model; empty where there was no evaluation.
        seconds: time of training and evaluation, those of resumed runs added up.
        tokens_per_second: mean speed of training after the first step, which compiles kernels.
        processor_seconds: of training alone, all threads of the process added up.
    """

    losses: tuple[tuple[int, float], ...]
    evaluations: tuple[Evaluated, ...]
    watched: str
    seconds: float
    tokens_per_second: float
    processor_seconds: float = 0.0

    @classmethod
    def read(cls, folder: Path) -> History:
        """The course that metrics.jsonl and timing.jsonl of a run folder tell.

        Raises:
            DataError: if a line is no JSON.
        """
        metrics, timing = list(_events(folder / METRICS)), list(_events(folder / TIMING))
        losses = tuple((e["step"], e["loss"]) for e in _named("step", metrics) if isinstance(e["loss"], float))
        scored = list(_named("evaluation", metrics))
        watched = next(iter(key for key in scored[0] if key not in POSITION)) if scored else ""
        steps = list(_named("step", timing))
        training = sum(e["seconds"] for e in steps)
        paced = [e for e in steps if e["step"] > 1]
        paced_seconds = sum(e["seconds"] for e in paced)
        tokens = sum(e["seconds"] * e["tokens_per_second"] for e in paced)
        worked, by_step = _worked(timing)
        return cls(
            losses,
            tuple(
                Evaluated(e["step"], e["epoch"], float(e[watched]), e["best"], by_step.get(e["step"], worked))
                for e in scored
            ),
            watched,
            training + sum(e["seconds"] for name in ("fit", "evaluation") for e in _named(name, timing)),
            tokens / paced_seconds if paced else 0.0,
            worked,
        )

    @property
    def best(self) -> Evaluated | None:
        """The evaluation whose weights were kept."""
        return next((e for e in reversed(self.evaluations) if e.best), None)


def thinned(points: tuple[tuple[int, float], ...], most: int) -> tuple[list[tuple[int, float]], int]:
    """At most about `most` points, each the mean of as many neighbours, at the last one's step.

    Returns:
        The points, and how many neighbours one stands for.
    """
    each = max(1, -(-len(points) // most))
    groups = [points[i : i + each] for i in range(0, len(points), each)]
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups], each


def _events(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read_bytes(path).split(b"\n"), 1):
        if line:
            yield parse_json(line, Place(path.name, number))


def _worked(timing: Iterable[dict[str, Any]]) -> tuple[float, dict[int, float]]:
    """Processor seconds of training: of all of it, and by the step of each evaluation of what came before.

    A run that was killed takes some steps twice, and some evaluations: it did cost both.
    """
    worked, by_step = 0.0, {}
    for event in timing:
        worked += event.get("processor_seconds", 0.0)
        if event["event"] == "evaluation":
            by_step[event["step"]] = worked
    return worked, by_step


def _named(name: str, events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (event for event in events if event["event"] == name)
