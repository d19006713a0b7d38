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
from collections.abc import Callable, Iterator
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
    """A descriptor of the new, empty file `path`; it must not exist. A lock on it marks its writer as alive."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return _marked(path, lambda: os.open(path, flags, 0o666))


def create_folder(path: Path) -> int:
    """A descriptor of the new folder `path`, for the user's eyes alone and marked as `create` marks a file."""

    def made() -> int:
        path.mkdir(mode=0o700)
        try:
            return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:  # swept away already
            return made()
        except OSError:
            with contextlib.suppress(OSError):
                path.rmdir()
            raise

    return _marked(path, made)


@contextlib.contextmanager
def abandoned(path: Path) -> Iterator[bool]:
    """Whether no living writer is at work on `path`; if so, none but the caller is until the block ends.

    What may not be opened or changed, such as a link or another user's file, counts as in use, and so does everything
    on a file system that knows no locks.
    """
    descriptor = -1
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        ours = descriptor >= 0 and os.access(path, os.W_OK)
        yield ours and _locked(descriptor) is True and _named(descriptor, path)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Marks what is there as in use until the block ends, also under the name that the block gives it.

    Raises:
        DiskError: E-DISK-07 if another process is just replacing it.
    """
    mend = "give the command again when that process has ended"
    replaced = DiskError("E-DISK-07", "another process is just replacing this", mend=mend, place=Place(str(path)))
    try:
        with explained(path):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except MissingInputError:  # it was there a moment ago, or nobody would claim it
        raise replaced from None
    try:
        if _locked(descriptor) is False or not _named(descriptor, path):
            raise replaced
        yield
    finally:
        os.close(descriptor)


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


def _marked(path: Path, make: Callable[[], int]) -> int:
    """The descriptor of what `make` makes, locked; what another process sweeps before that is made again."""
    with explained(path):
        while True:
            descriptor = make()
            with contextlib.suppress(OSError):  # a file system that knows no locks: there, nothing is ever swept
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if path.exists():
                return descriptor
            os.close(descriptor)


def _locked(descriptor: int) -> bool | None:
    """Whether the lock could be had at once; None where the file system knows no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _named(descriptor: int, path: Path) -> bool:
    """Whether what is open still has the name `path`."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
