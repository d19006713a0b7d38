"""Signals that ask training to stop: noted in a flag, acted upon at the end of a step."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Self

# batch systems announce the end of a job with SIGUSR1; it then counts as SIGTERM
STOPS = {
    signal.SIGINT: signal.SIGINT,
    signal.SIGTERM: signal.SIGTERM,
    signal.SIGUSR1: signal.SIGTERM,
}


class Signals:
    """Inside the `with`, the first signal only sets `seen`; a second one ends the process at once.

    Outside the main thread Python cannot take signals; there nothing is changed.

    Example:
        >>> with Signals() as signals:
        ...     signals.seen
        0
    """

    def __init__(self) -> None:
        self.seen = 0
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in STOPS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself returned

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # the signature that Python calls
        if self.seen:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.seen = int(STOPS[signal.Signals(number)])
