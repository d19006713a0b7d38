"""One process at a time in a run folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from seqweave.core import disk
from seqweave.core.errors import CommandError, Place

LOCK = ".lock"


class RunLockedError(CommandError):
    """Another process is at work in the run folder; the command asks for what cannot be done now (exit code 2)."""


@contextlib.contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Holds the lock of `folder` while the block runs.

    The lock is the kernel's (flock), not the file's text: it goes with its process, however that ends, so none is ever
    left over. A forked child shares it: fork only what ends with its parent.

    Raises:
        RunLockedError: E-LOCK-01, at once, if another process or block holds it.
        DiskError: if the lock file cannot be made.
    """
    path = folder / LOCK
    descriptor = disk.open_to_append(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mend = "wait until it ends, or choose another folder with --run"
            what = "another process is at work in this run folder"
            raise RunLockedError("E-LOCK-01", what, mend=mend, place=Place(str(folder))) from None
        except OSError as error:
            raise disk.explanation(error, path) from error
        yield
    finally:
        os.close(descriptor)
