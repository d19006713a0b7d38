"""What training tells: events for the log and the screen, with the clock kept apart from what is reproducible."""

from __future__ import annotations

import time
from collections.abc import Mapping

from seqweave.core.errors import Notice
from seqweave.core.events import Events, MetricsFile
from seqweave.training.progress import Progress


class Journal:
    """Turns what happens into events, and knows how long the metrics file is.

    Args:
        events: who is told; the metrics file must be among its listeners.
        metrics: the file whose length a checkpoint records.
    """

    def __init__(self, events: Events, metrics: MetricsFile) -> None:
        self._events, self._metrics = events, metrics
        self._begun = self._logged = time.monotonic()
        self._tokens = 0

    def silent(self) -> Journal:
        """The journal of a rank that does not report."""
        return Journal(Events(), self._metrics)

    def started(self, task: str, steps: int, done: int) -> None:
        """Training begins, or goes on after `done` of about `steps` steps."""
        self._begun = self._logged = time.monotonic()
        self._events.emit("start", timing={"task": task, "steps": steps, "done": done})

    def trained(self, tokens: int) -> None:
        """Count tokens for the speed of the next line."""
        self._tokens += tokens

    def stepped(self, progress: Progress, rate: float) -> None:
        """One line of training loss: the means since the last one."""
        now = time.monotonic()
        seconds = max(now - self._logged, 1e-9)
        values = {**_position(progress), **progress.means(), "learning_rate": rate}
        self._events.emit("step", values, {"seconds": seconds, "tokens_per_second": self._tokens / seconds})
        self._tokens, self._logged = 0, now

    def evaluated(self, progress: Progress, scores: Mapping[str, float], best: bool, seconds: float) -> None:
        """One line of scores, in the order given."""
        self._events.emit("evaluation", {**_position(progress), **scores, "best": best}, {"seconds": seconds})
        self._logged = time.monotonic()

    def saved(self, progress: Progress, seconds: float) -> None:
        """A checkpoint is complete; its moment is the clock's, so it is no metric."""
        self._events.emit("checkpoint", timing={"step": progress.step, "seconds": seconds})

    def noticed(self, notice: Notice) -> None:
        """Something lawful that matters."""
        self._events.emit("notice", timing={"text": str(notice)})

    def stopped(self, progress: Progress, reason: str) -> None:
        """Training ends."""
        self._events.emit(
            "stop", {"step": progress.step, "reason": reason}, {"seconds": time.monotonic() - self._begun}
        )

    def length(self) -> int:
        """Bytes of metrics so far, all of them on the device."""
        return self._metrics.sync()

    def rewind(self, length: int) -> None:
        """Cut the metrics back to what a checkpoint knew; a DataError where there are fewer."""
        self._metrics.truncate(length)


def _position(progress: Progress) -> dict[str, int]:
    return {"step": progress.step, "epoch": progress.epoch}
