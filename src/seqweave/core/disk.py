"""Every operation that changes a disk, one small function each; nothing else in Seqweave opens a file for writing.

A refusal of the operating system becomes a DiskError that names the file and the mend. Because all changes pass through
here, a test can stop, or fail, each of them once.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from seqweave.core.errors import DiskError, MissingInputError, Place, SeqweaveError

LEFT_OVER = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.(?P<what>tmp|old)")
_FULL = "free some space there and give the command again; what was saved before is whole"
_REFUSED = "check the folder's owner and permissions, or write somewhere else"
_REASONS = {
    errno.ENOSPC: ("E-DISK-01", "the disk is full", _FULL),
    errno.EDQUOT: ("E-DISK-02", "the disk quota is used up", _FULL),
    errno.EFBIG: ("E-DISK-03", "the file is larger than this system allows", "raise the limit (ulimit -f)"),
    errno.EIO: ("E-DISK-04", "the device failed", "check the disk (dmesg), then give the command again"),
    errno.EACCES: ("E-DISK-05", "permission denied", _REFUSED),
    errno.EPERM: ("E-DISK-05", "permission denied", _REFUSED),
    errno.EROFS: ("E-DISK-05", "the file system is read-only", _REFUSED),
    errno.ENOENT: ("E-FILE-01", "there is no such file or folder", "check the path"),
    errno.ENOTDIR: ("E-FILE-02", "a file stands where a folder is needed", "check the path"),
    errno.EISDIR: ("E-FILE-03", "this is a folder, not a file", "name a file"),
    errno.EEXIST: ("E-DISK-06", "something of that name is already there", "choose another name, or move it away"),
    errno.ENOTEMPTY: ("E-DISK-06", "something of that name is already there", "choose another name, or move it away"),
}


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns an OSError within the block into a DiskError, or a MissingInputError, about `path`."""
    try:
        yield
    except OSError as error:
        raise explanation(error, path) from error


def explanation(error: OSError, path: Path) -> SeqweaveError:
    """The error to show for what the operating system said about `path`."""
    reason = f"reading or writing failed ({error.strerror or error})"
    code, what, mend = _REASONS.get(error.errno or 0, ("E-DISK-09", reason, ""))
    family = MissingInputError if code.startswith("E-FILE") else DiskError
    named = Path(*(LEFT_OVER.sub(r"\g<name>", part) for part in path.parts))
    return family(code, what, mend=mend, place=Place(str(named)))


def beside(path: Path, what: str) -> Path:
    """A fresh name in the folder of `path` that `files.sweep` knows: tmp for new data, old for what gives way."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{what}")


def create(path: Path) -> int:
    """A descriptor of the new, empty, locked file `path`; it must not exist. The lock marks its writer as alive."""
    with explained(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def open_to_append(path: Path) -> int:
    """A descriptor that writes at the end of `path`, which is created where it is missing."""
    with explained(path):
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def write(descriptor: int, data: bytes | memoryview, path: Path) -> None:
    """All of `data`, however short the single writes of the system are."""
    rest = memoryview(data).cast("B")
    with explained(path):
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def sync(descriptor: int, path: Path) -> None:
    """Returns when the file's bytes are on the device."""
    with explained(path):
        os.fsync(descriptor)


def truncate(descriptor: int, length: int, path: Path) -> None:
    """Cuts the file to its first `length` bytes."""
    with explained(path):
        os.ftruncate(descriptor, length)


def make_folder(path: Path, *, private: bool = False) -> None:
    """A new folder, with its missing parents; with `private` for the user's eyes alone. An existing folder is left."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700 if private else 0o777, exist_ok=True)


def rename(source: Path, target: Path) -> None:
    """Gives `source` the name `target` in one step; a file that has the name is replaced."""
    with explained(target):
        source.rename(target)


def remove(path: Path) -> None:
    """Removes a file or link, or a folder with all it holds; nothing there is well too."""
    with explained(path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Returns when the bytes of the file, or the entries of the folder, are on the device."""
    with explained(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network file systems cannot sync a folder and say so with EINVAL; there is no other way there.
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(descriptor)
