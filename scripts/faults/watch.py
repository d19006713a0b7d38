"""Watching a process from within for what a model file must never make it do: run code, reach out, write elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

RUNS = (
    "exec",
    "compile",
    "import",
    "code.__new__",
    "marshal.",
    "pickle.",
    "ctypes.dlopen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "pty.",
    "subprocess.",
    "socket.",
    "urllib.",
)
"""Beginnings of audit events that mean code or network."""
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.")
"""Beginnings of audit events that change a disk; their first argument is a path."""


class Watch:
    """An audit hook, for the rest of this process: install it in a child only, after everything is imported.

    Args:
        inside: folders in which files may be opened and changed.
    """

    def __init__(self, *inside: Path) -> None:
        self.inside = [str(folder.resolve()) for folder in inside]
        self.seen: list[str] = []
        self._busy = False

    def install(self) -> Watch:
        """Watch from now on."""
        sys.addaudithook(self._noted)
        return self

    def _noted(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._busy:
            return
        self._busy = True  # looking at a path must not be looked at
        try:
            path = arguments[0] if arguments else None
            elsewhere = isinstance(path, str | bytes | os.PathLike) and not self._is_inside(os.fsdecode(path))
            if event.startswith(RUNS) or (elsewhere and (event == "open" or event.startswith(CHANGES))):
                self.seen.append(f"{event} {str(path)[:100]}")
        finally:
            self._busy = False

    def _is_inside(self, path: str) -> bool:
        if "\0" in path:
            return True  # a name that no system takes reaches nothing
        real = os.path.realpath(path)
        return any(real == folder or real.startswith(folder + os.sep) for folder in self.inside)
