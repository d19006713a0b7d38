"""The data cache: what was read once from files that have not changed since is opened again, not read again.

An entry is a folder named by the digest of all that decides its content. It is checked against its manifest before
every use; of two processes that need the same entry at once, one builds it and the other waits.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seqweave.core import disk, files
from seqweave.core.errors import DataError, MissingInputError, Notice, Place
from seqweave.core.manifest import atomic_dir, sha256_of, verify

FORMAT = 4
KEY_LENGTH = 64
LIMIT_BYTES = 8_000_000_000
"""Of all entries of a cache together; the one used last may be larger by itself."""


def cache_folder(cache: str) -> Path:
    """The folder of the cache, created for the user's eyes alone.

    Args:
        cache: "auto", which is `$XDG_CACHE_HOME/seqweave`; "off", which is a folder that goes away with the process;
            or a folder.
    """
    if cache == "off":
        return _passing_folder()
    home = os.environ.get("XDG_CACHE_HOME", "")
    parent = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    folder = parent / "seqweave" if cache == "auto" else Path(cache)
    disk.make_folder(folder, private=True)
    return folder


def cache_key(sources: Sequence[Path], settings: object) -> str:
    """The digest of everything that decides what reading gives: names and bytes of the files, settings, version.

    Args:
        sources: files, or folders of files.
        settings: as JSON values.

    Returns:
        64 hexadecimal digits.
    """
    described: dict[str, Any] = {"format": FORMAT, "version": version("seqweave"), "settings": settings}
    described["sources"] = [[source.name, digest_of(source)] for source in sources]
    return hashlib.sha256(files.to_json(described).encode()).hexdigest()


def cached(key: str, folder: Path, build: Callable[[Path], None], notify: Callable[[Notice], None]) -> Path:
    """The folder of an entry, which is built where it is missing or damaged; then others may have to go (`prune`).

    Args:
        key: from `cache_key`.
        folder: from `cache_folder`.
        build: writes the entry's files into an empty folder.
        notify: takes the warning W-CACHE-01 of a damaged entry.

    Raises:
        DiskError: if the disk is full or refuses. What `build` raises passes through, and leaves nothing behind.
    """
    entry, lock = folder / key, folder / f"{key}.lock"
    with _locked(lock):
        files.sweep(folder, key)
        try:
            verify(entry)
            fresh = False
        except MissingInputError:
            fresh = True
        except DataError as error:
            notify(Notice("W-CACHE-01", f"a damaged cache entry is built anew ({error.what})", Place(str(entry))))
            fresh = True
        if fresh:
            with atomic_dir(entry) as target:
                build(target)
        with disk.explained(lock):
            os.utime(lock)  # tells `prune` when the entry was used
    if fresh:
        prune(folder)
    return entry


def prune(folder: Path, limit_bytes: int = LIMIT_BYTES) -> int:
    """Removes the entries that were not used for longest, until the rest fits into `limit_bytes`; counts them.

    The entry used last stays in any case, and so does one that a process is building. Entries that a process has open
    stay readable to it.
    """
    files.sweep(folder)
    locks = [path for path in folder.iterdir() if path.suffix == ".lock" and len(path.stem) == KEY_LENGTH]
    locks.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    removed, total = 0, 0
    for lock in locks:
        entry = lock.with_suffix("")
        with _locked(lock, wait=False) as held:
            if not held or not entry.is_dir():
                continue
            total += sum(path.stat().st_size for path in entry.iterdir())
            if total > limit_bytes and lock != locks[0]:
                disk.remove(entry)
                removed += 1
    return removed


def digest_of(source: Path) -> str:
    """The sha256 of a file's bytes; of a folder, of the names and digests of all files in it."""
    if not source.is_dir():
        return sha256_of(source)
    members = sorted(path for path in source.rglob("*") if path.is_file())
    listed = [[path.relative_to(source).as_posix(), sha256_of(path)] for path in members]
    return hashlib.sha256(files.to_json(listed).encode()).hexdigest()


@contextmanager
def _locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Holds a lock file; without `wait`, says whether it could be had."""
    descriptor, held = disk.open_to_append(path), True
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(descriptor)


def _passing_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="seqweave-"))
    atexit.register(disk.remove, folder)
    return folder
