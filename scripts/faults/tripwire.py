"""The operating system's file operations, counted, and one of them broken: the process ends there, or gets an error.

What is wrapped are the functions of `os`, below Seqweave's own floor of disk operations: an operation that went around
that floor would be met here, too.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

BY_PATH = ("open", "mkdir", "rename", "replace", "unlink", "rmdir", "utime", "link", "symlink", "truncate")
BY_DESCRIPTOR = ("write", "fsync", "ftruncate")
NEVER = -1
REMOVALS = ("unlink", "rmdir")


class Tripwire:
    """Wraps the operations below one folder, for the rest of this process: install it in a child only.

    Args:
        folder: operations elsewhere are neither counted nor broken.
        at: the operation that is broken, from 0; NEVER only counts.
        error: what it says, such as errno.EIO; 0 ends the process, as kill -9 does.
    """

    def __init__(self, folder: Path, at: int = NEVER, error: int = 0) -> None:
        self.folder, self.at, self.error = str(folder.resolve()), at, error
        self.seen: list[str] = []
        self._inside: set[int] = set()

    def install(self) -> Tripwire:
        """Put it in place."""
        for name in (*BY_PATH, *BY_DESCRIPTOR):
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        # Path.open and zipfile ask here, not os.open
        io.open = self._wrapped("open", io.open)
        os.close = self._closing(os.close)
        return self

    def _closing(self, close: Callable[[int], None]) -> Callable[[int], None]:
        """A descriptor that is given back may be given out again, for a file elsewhere."""

        def call(descriptor: int) -> None:
            self._inside.discard(descriptor)
            close(descriptor)

        return call

    def _wrapped(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(first: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the system call takes
            if not self._concerns(name, first, named.get("dir_fd")):
                return operation(first, *rest, **named)
            self.seen.append(name)
            if len(self.seen) - 1 == self.at:
                if name == "write":
                    operation(first, memoryview(rest[0])[: len(rest[0]) // 2])
                self._break()
            result = operation(first, *rest, **named)
            if name == "open" and isinstance(result, int):
                self._inside.add(result)
            return result

        return call

    def _concerns(self, name: str, first: Any, base: int | None) -> bool:  # noqa: ANN401  # a path or a descriptor
        if name in BY_DESCRIPTOR or isinstance(first, int):
            return first in self._inside
        if base is not None:
            return base in self._inside
        return str(Path(os.fspath(first)).parent.resolve()).startswith(self.folder)

    def _break(self) -> None:
        if not self.error:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self.error, os.strerror(self.error))
