"""Shows events to the person at the keyboard: a bar on a terminal, plain lines in a pipe or a log file.

Everything goes to standard error; standard output is for results.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO

from seqweave.core.errors import shown
from seqweave.core.events import Event, Fact

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

TEXT_LIMIT = 400
BAR_WIDTH = 20
_COMMON = ("step", "epoch", "loss", "best")


class Console(Protocol):
    """A listener that shows events, and a context manager that leaves the terminal in order."""

    def __enter__(self) -> Console: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __call__(self, event: Event) -> None:
        """Shows the event."""


def open_console(stream: TextIO | None = None) -> Console:
    """A bar if `stream` (standard error if None) is a terminal that can move its cursor, else plain lines."""
    stream = stream or sys.stderr
    capable = stream.isatty() and os.environ.get("TERM") != "dumb"
    return BarConsole(stream) if capable else PlainConsole(stream)


class PlainConsole:
    """One line an event."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.pace = stream, _Pace()

    def __enter__(self) -> PlainConsole:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def __call__(self, event: Event) -> None:
        """Prints the event as one line."""
        self.pace(event)
        # A reader who left (`| head`) is no reason to end a training run.
        with contextlib.suppress(BrokenPipeError):
            print(described(event, self.pace.progress(), self.pace.rest()), file=self.stream, flush=True)


class BarConsole:
    """A bar that moves with the steps, and above it a line for every other event."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.pace = stream, _Pace()
        self._progress, self._task = self._bar()
        self._score = ""

    def __enter__(self) -> BarConsole:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Moves the bar, or prints a line above it."""
        self.pace(event)
        if event.name == "step":
            text = "  ".join(filter(None, [_brief(event), self._score, self.pace.rest()]))
            self._progress.update(self._task, completed=self.pace.step, total=self.pace.steps or None, text=text)
            return
        if event.name == "evaluation":
            self._score = next((_fact(key, fact) for key, fact in event.values.items() if key not in _COMMON), "")
        if event.name != "checkpoint":
            line = described(event, self.pace.progress(), "")
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _bar(self) -> tuple[Progress, TaskID]:
        # Imported late: `seqweave --help` and a piped run draw no bar.
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.table import Column

        # On a narrow terminal the bar shrinks, never the numbers.
        columns = (
            BarColumn(bar_width=BAR_WIDTH),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[text]}", markup=False, table_column=Column(no_wrap=True)),
        )
        progress = Progress(*columns, console=Terminal(file=self.stream))
        return progress, progress.add_task("", total=None, text="")


def described(event: Event, progress: str, rest: str) -> str:
    """The event as one line: its name, how far the run is, its facts, and how long it will still take."""
    hidden = ("step", "steps", "done", "processor_seconds", "seconds" if event.name == "step" else "")
    facts = {key: fact for key, fact in {**event.values, **event.timing}.items() if key not in hidden}
    words = [f"{event.name} {progress}".strip()]
    words += [_fact(key, fact) for key, fact in facts.items() if fact is not False]
    return "  ".join(filter(None, [*words, rest if event.name == "step" else ""]))


def _brief(event: Event) -> str:
    facts = {**event.values, **event.timing}
    return "  ".join(_fact(key, facts[key]) for key in ("epoch", "loss", "tokens_per_second") if key in facts)


class _Pace:
    """Follows how far the run is and how fast it goes."""

    def __init__(self) -> None:
        self.step, self.steps, self._began, self._done = 0, 0, time.monotonic(), 0

    def __call__(self, event: Event) -> None:
        if event.name == "start":
            self.steps, self.step = _count(event.timing, "steps"), _count(event.timing, "done")
            self._began, self._done = time.monotonic(), self.step
        self.step = _count(event.values, "step") or self.step
        if event.name == "step" and self.step == 1:  # which compiles kernels, and tells nothing of the pace
            self._began, self._done = time.monotonic(), 1

    def progress(self) -> str:
        """Steps taken, of how many: `500/1200`."""
        return f"{self.step}/{self.steps}" if self.steps else str(self.step or "")

    def rest(self) -> str:
        """Time still to go, at the mean pace so far: `ETA 1:02:03`."""
        taken, left = self.step - self._done, self.steps - self.step
        if taken <= 0 or left <= 0:
            return ""
        minutes, seconds = divmod(round((time.monotonic() - self._began) * left / taken), 60)
        hours, minutes = divmod(minutes, 60)
        return f"ETA {hours}:{minutes:02}:{seconds:02}" if hours else f"ETA {minutes}:{seconds:02}"


def _count(facts: Mapping[str, Fact], key: str) -> int:
    fact = facts.get(key)
    return fact if isinstance(fact, int) else 0


def _fact(key: str, fact: Fact) -> str:
    if key in ("text", "task", "reason"):
        return shown(fact, TEXT_LIMIT)
    if isinstance(fact, bool):
        return key
    if key.endswith("_per_second"):
        return f"{float(fact or 0):,.0f} {key.removesuffix('_per_second')}/s"
    if key == "seconds":
        return f"{float(fact or 0):.1f} s"
    return f"{key} {fact:.4g}" if isinstance(fact, float) else f"{key} {shown(fact)}"
