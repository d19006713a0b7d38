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
        self._begun = time.monotonic()
        self._watch, self._tokens = _Stopwatch(), 0

    def silent(self) -> Journal:
        """The journal of a rank that does not report."""
        return Journal(Events(), self._metrics)

    def started(self, task: str, steps: int, done: int) -> None:
        """Training begins, or goes on after `done` of about `steps` steps."""
        self._begun, self._watch = time.monotonic(), _Stopwatch()
        self._events.emit("start", timing={"task": task, "steps": steps, "done": done})

    def trained(self, tokens: int) -> None:
        """Count tokens for the speed of the next line."""
        self._tokens += tokens

    def stepped(self, progress: Progress, rate: float) -> None:
        """One line of training loss: the means since the last one."""
        taken = self._watch.lap()
        values = {**_position(progress), **progress.means(), "learning_rate": rate}
        self._events.emit("step", values, {**taken, "tokens_per_second": self._tokens / taken["seconds"]})
        self._tokens = 0

    def evaluated(self, progress: Progress, scores: Mapping[str, float], best: bool, seconds: float) -> None:
        """One line of scores, in the order given."""
        self._events.emit("evaluation", {**_position(progress), **scores, "best": best}, {"seconds": seconds})
        self._watch.lap()

    def averaged(self, progress: Progress) -> None:
        """Weights are averaged from here on."""
        self._events.emit("averaging", _position(progress))

    def fitted(self) -> None:
        """A model was fitted in one go, all of it since this journal was opened."""
        self._events.emit("fit", timing=self._watch.lap())

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


class _Stopwatch:
    """Seconds from lap to lap, by the clock and by the work of this process, its threads added up."""

    def __init__(self) -> None:
        self._clock, self._processor = time.monotonic(), time.process_time()

    def lap(self) -> dict[str, float]:
        """What passed since the last lap; the clock's part is never 0."""
        clock, processor = time.monotonic(), time.process_time()
        taken = {"seconds": max(clock - self._clock, 1e-9), "processor_seconds": processor - self._processor}
        self._clock, self._processor = clock, processor
        return taken


def _position(progress: Progress) -> dict[str, int]:
    return {"step": progress.step, "epoch": progress.epoch}
