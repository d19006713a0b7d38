"""Training until one is as good as the rival gets: both take turns, judged on the same dev data."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from seqweave.core.events import Event

Evaluation = dict[str, float]


@dataclass
class Turns:
    """Hears our training, and lets the rival train as long after each of our evaluations.

    Args:
        metric: what both are judged by; higher is better.
        advance: lets the rival train until it has spent so many processor seconds, or to its end where none are named;
            its evaluations on the way, each with `seconds` and the metric, or None if it had ended before.
    """

    metric: str
    advance: Callable[[float | None], list[Evaluation] | None]
    begun: float = field(default_factory=time.process_time)
    ours: list[Evaluation] = field(default_factory=list)
    theirs: list[Evaluation] = field(default_factory=list)
    ended: bool = False

    def hear(self, event: Event) -> None:
        """Note an evaluation of ours; then it is the rival's turn."""
        if event.name == "evaluation":
            spent = time.process_time() - self.begun
            step, score = (float(event.values[name] or 0) for name in ("step", self.metric))
            self.ours.append({"seconds": spent, "step": step, self.metric: score})
            before = time.process_time()
            self.let(spent)
            self.begun += time.process_time() - before  # to judge the rival is no work of ours

    def let(self, until: float | None) -> None:
        """Let the rival train until it has spent so many seconds, or to its end."""
        found = None if self.ended else self.advance(until)
        self.ended = found is None
        self.theirs += found or []
        print(f"ours {self.ours[-1]}, theirs {self.theirs[-1:]}", file=sys.stderr)

    def facts(self) -> dict[str, Any]:
        """When each first was as good as the rival got; None where ours never was."""
        goal = max(self.theirs, key=lambda one: one[self.metric])
        reached = next((one["seconds"] for one in self.ours if one[self.metric] >= goal[self.metric]), None)
        return {
            "our_seconds": reached and round(reached, 1),
            "their_seconds": round(goal["seconds"], 1),
            "their_best_dev": round(goal[self.metric], 3),
            "our_seconds_in_all": round(self.ours[-1]["seconds"], 1),
            "their_seconds_in_all": round(self.theirs[-1]["seconds"], 1),
            "our_dev": [[round(one["seconds"], 1), round(one[self.metric], 2)] for one in self.ours],
            "their_dev": [[round(one["seconds"], 1), round(one[self.metric], 2)] for one in self.theirs],
        }

    def ratio(self) -> float:
        """Our seconds over theirs; infinite where ours never got there, which no record takes."""
        facts = self.facts()
        return facts["our_seconds"] / facts["their_seconds"] if facts["our_seconds"] else float("inf")
