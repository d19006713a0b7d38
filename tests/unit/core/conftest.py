"""A disk that stops, or refuses, at its k-th operation."""

from __future__ import annotations

import errno
import inspect
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seqweave.core import disk
from seqweave.core.errors import DiskError

# Every function of core.disk that changes a disk.
OPERATIONS = (
    "create",
    "create_folder",
    "open_to_append",
    "write",
    "sync",
    "truncate",
    "make_folder",
    "rename",
    "remove",
    "sync_file",
)


class StoppedError(BaseException):
    """The process ended here, as kill -9 ends it: nothing catches this, and no operation works any more."""


class Faults:
    """Counts the operations of `core.disk` and breaks one of them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count, self.at, self.error = 0, -1, 0
        self.done: list[tuple[str, Path]] = []
        for name in OPERATIONS:
            patch.setattr(disk, name, self._broken(getattr(disk, name)))

    def attempt(self, write: Callable[[], None], at: int, error: int = 0) -> DiskError | None:
        """Break operation `at` (from 0) of `write`: by a system error, once, or by the process's end where it is 0."""
        self.count, self.at, self.error, self.done = 0, at, error, []
        try:
            write()
        except StoppedError:
            return None
        except DiskError as refusal:
            return refusal
        finally:
            self.at = -1
        return None

    def _broken(self, operation: Callable[..., object]) -> Callable[..., object]:
        signature = inspect.signature(operation)

        def call(*given: object, **named: object) -> object:
            position, self.count = self.count, self.count + 1
            arguments = signature.bind(*given, **named).arguments
            path = arguments.get("path", arguments.get("target"))
            assert isinstance(path, Path)
            self.done.append((operation.__name__, path))
            if self.at < 0 or position < self.at or (self.error and position > self.at):
                return operation(*given, **named)
            if operation.__name__ == "write" and position == self.at:
                data = memoryview(arguments["data"]).cast("B")
                os.write(arguments["descriptor"], data[: len(data) // 2])
            if not self.error:
                raise StoppedError
            raise disk.explanation(OSError(self.error, os.strerror(self.error)), path)

        return call


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(monkeypatch)


@pytest.fixture(
    params=[0, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO], ids=lambda e: errno.errorcode.get(e, "KILL")
)
def fault_kind(request: pytest.FixtureRequest) -> int:
    return int(request.param)
