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

FORMAT = 2
LIMIT_BYTES = 8 << 30


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
    described["sources"] = [[source.name, _digests(source)] for source in sources]
    return hashlib.sha256(files.to_json(described).encode()).hexdigest()


def cached(key: str, folder: Path, build: Callable[[Path], None], notify: Callable[[Notice], None]) -> Path:
    """The folder of an entry, which is built where it is missing or damaged.

    Args:
        key: from `cache_key`.
        folder: from `cache_folder`.
        build: writes the entry's files into an empty folder.
        notify: takes the warning W-CACHE-01 of a damaged entry.

    Raises:
        DiskError: if the disk is full or refuses. What `build` raises passes through, and leaves nothing behind.
    """
    entry = folder / key
    with _locked(folder / f"{key}.lock"):
        files.sweep(folder, key)
        try:
            verify(entry)
        except MissingInputError:
            _build(entry, build)
        except DataError as error:
            notify(Notice("W-CACHE-01", f"a damaged cache entry is built anew ({error.what})", Place(str(entry))))
            _build(entry, build)
        os.utime(entry)  # tells `prune` when it was used
    return entry


def prune(folder: Path, limit_bytes: int = LIMIT_BYTES) -> int:
    """Removes the entries that were not used for longest, until the rest fits into `limit_bytes`; counts them.

    Entries that a process has open stay readable to it.
    """
    files.sweep(folder)
    entries = [path for path in folder.iterdir() if len(path.name) == 64 and path.is_dir()]
    removed, total = 0, 0
    for entry in sorted(entries, key=lambda path: path.stat().st_mtime, reverse=True):
        total += sum(path.stat().st_size for path in entry.iterdir())
        if total > limit_bytes:
            disk.remove(entry)
            removed += 1
    return removed


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = disk.open_to_append(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _build(entry: Path, build: Callable[[Path], None]) -> None:
    with atomic_dir(entry) as fresh:
        build(fresh)


def _digests(source: Path) -> list[list[str]]:
    if not source.is_dir():
        return [["", sha256_of(source)]]
    members = sorted(path for path in source.rglob("*") if path.is_file())
    return [[path.relative_to(source).as_posix(), sha256_of(path)] for path in members]


def _passing_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="seqweave-"))
    atexit.register(disk.remove, folder)
    return folder
