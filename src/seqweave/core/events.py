"""What a run tells while it works: a stream of events, and the files that keep them.

| name | values: the same in every run of a recipe | timing: what differs from run to run |
|---|---|---|
| start | | task, steps (planned), done (steps taken before a resume) |
| step | step, epoch, loss, and the parts of the loss | seconds, processor_seconds, tokens_per_second |
| evaluation | step, epoch, the scores by name (the watched one first), best | seconds |
| fit | | seconds, processor_seconds: of a model that is fitted in one go |
| checkpoint | | step, seconds |
| notice | | text |
| stop | step, reason | seconds |

`metrics.jsonl` holds values alone, so two runs of a recipe have equal bytes there; `timing.jsonl` holds the rest.
Processor seconds are those of this process, its threads added up: what else the machine does hardly changes them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from seqweave.core import disk
from seqweave.core.errors import DataError, Place
from seqweave.core.files import read_bytes, to_json

METRICS, TIMING = "metrics.jsonl", "timing.jsonl"
Fact = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Args:
        name: one of the names in this module's table; listeners pass over names that they do not know.
        values: reproducible facts, which go to `metrics.jsonl`.
        timing: facts of this one run (times, speeds, messages), which go to `timing.jsonl`.
    """

    name: str
    values: Mapping[str, Fact] = field(default_factory=dict)
    timing: Mapping[str, Fact] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Events:
    """Hands every event to every listener, in the order they were given.

    Args:
        listeners: what is to hear of everything.
    """

    def __init__(self, *listeners: Listener) -> None:
        self.listeners = listeners

    def __call__(self, event: Event) -> None:
        """Tells all listeners; an Events is a listener itself."""
        for listener in self.listeners:
            listener(event)

    def emit(
        self, name: str, values: Mapping[str, Fact] | None = None, timing: Mapping[str, Fact] | None = None
    ) -> None:
        """Makes the event and tells all listeners."""
        self(Event(name, values or {}, timing or {}))


class MetricsFile:
    """A listener that appends each event to a run folder, one JSON object a line; a context manager.

    Each line is handed to the system at once, so a killed process loses none. A number that is not finite is written
    as the text "NaN", "Infinity" or "-Infinity", which any JSON reader takes.

    Args:
        folder: the run folder; its files are continued where they exist.

    Raises:
        DiskError: if the disk is full or refuses, here or in any method.
    """

    def __init__(self, folder: Path) -> None:
        self.metrics, self.timing = folder / METRICS, folder / TIMING
        self._metrics, self._timing = disk.open_to_append(self.metrics), disk.open_to_append(self.timing)
        self._cut_torn()

    def _cut_torn(self) -> None:
        """Takes off a last line of timing that a kill or a full disk cut short, so that none goes on in it."""
        written = read_bytes(self.timing)
        disk.truncate(self._timing, written.rfind(b"\n") + 1, self.timing)

    def __enter__(self) -> MetricsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Appends the event's values to the one file and its timing to the other; empty ones make no line."""
        if event.values:
            disk.write(self._metrics, _line(event.name, event.values), self.metrics)
        if event.timing:
            step = {"step": event.values["step"]} if "step" in event.values else {}
            disk.write(self._timing, _line(event.name, {**step, **event.timing}), self.timing)

    @property
    def length(self) -> int:
        """Bytes in `metrics.jsonl` now."""
        return os.fstat(self._metrics).st_size

    def sync(self) -> int:
        """Returns the length of `metrics.jsonl` when all of it is on the device; a checkpoint keeps this number."""
        disk.sync(self._metrics, self.metrics)
        return self.length

    def truncate(self, length: int) -> None:
        """Cuts `metrics.jsonl` back to what a checkpoint knew.

        Raises:
            DataError: E-RUN-07 if the file is shorter than that: lines were lost, which nobody may hide.
        """
        if self.length < length:
            what = f"the file has {self.length} bytes, the checkpoint knows {length}"
            mend = "put the run's own metrics.jsonl back, or train anew in another folder"
            raise DataError("E-RUN-07", what, mend=mend, place=Place(str(self.metrics)))
        disk.truncate(self._metrics, length, self.metrics)
        disk.sync(self._metrics, self.metrics)

    def close(self) -> None:
        """Gives the files back to the system."""
        os.close(self._metrics)
        os.close(self._timing)


def _line(name: str, facts: Mapping[str, Fact]) -> bytes:
    return (to_json({"event": name, **{key: _writable(fact) for key, fact in facts.items()}}) + "\n").encode()


def _writable(fact: Fact) -> Fact:
    if isinstance(fact, float) and not math.isfinite(fact):
        return "NaN" if math.isnan(fact) else "Infinity" if fact > 0 else "-Infinity"
    return fact
