"""The one writer of files and folders, and the checks on names that come from outside.

A file gets its final name only when all its bytes are on the device, so a reader sees the old one or the new one and
never a half. What a crash leaves behind carries a name of its own (`.NAME.XXXX.tmp`) and goes at the next `sweep`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from seqweave.core import disk
from seqweave.core.errors import DataError, SeqweaveError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


class Writer:
    """A file being written; `atomic_file` gives it its name when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = disk.create(path)

    def write(self, data: bytes | memoryview) -> int:
        """Adds `data` at the end; returns its length in bytes."""
        disk.write(self._descriptor, data, self.path)
        return memoryview(data).nbytes

    def finish(self) -> None:
        """Returns when every byte is on the device."""
        disk.sync(self._descriptor, self.path)

    def close(self) -> None:
        """Gives the descriptor back."""
        os.close(self._descriptor)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[Writer]:
    """A writer whose bytes become the file `path` when the block ends well, and vanish when it does not.

    Raises:
        DiskError: if the disk is full or refuses; `path` is then as it was before.
    """
    temporary = disk.beside(path, "tmp")
    sweep(path.parent, path.name)
    writer = Writer(temporary)
    try:
        yield writer
        writer.finish()
        disk.rename(temporary, path)
    except BaseException:
        discard(temporary)
        raise
    finally:
        writer.close()
    disk.sync_file(path.parent)


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Makes `data` the content of `path`, all of it or (after an error or a crash) nothing of it."""
    with atomic_file(path) as writer:
        writer.write(data)


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of the text as UTF-8, line ends as given."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: object) -> None:
    """`write_bytes` of the value as indented JSON; equal values give equal bytes."""
    write_text(path, to_json(value, indent=1) + "\n")


def to_json(value: object, indent: int | None = None) -> str:
    """JSON text in the order given, without escapes for letters outside ASCII; NaN and infinity are a ValueError."""
    separators = (",", ": ") if indent else (",", ":")
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        MissingInputError: if there is none.
        DiskError: if the system refuses.
    """
    with disk.explained(path):
        return path.read_bytes()


def sweep(parent: Path, name: str = "") -> int:
    """Removes what crashed writers left in `parent`, and puts back a folder that one had moved away; counts them.

    Writers that are still alive hold a lock on what they write, which is left to them.

    Args:
        parent: a folder; one that is missing holds nothing.
        name: only what writers of this file or folder left, as in a folder that is not ours alone; else of any.
    """
    count = 0
    for path in sorted(parent.iterdir()) if parent.is_dir() else ():
        match = disk.LEFT_OVER.fullmatch(path.name)
        if match is None or (name and match["name"] != name):
            continue
        with disk.abandoned(path) as left:
            if left:
                _clear(path, parent / match["name"], match["what"])
                count += 1
    return count


def safe_name(name: str) -> str:
    """`name`, if it may name a run or a model: `a-z 0-9 . _ -`, 64 at most, and not reserved on Windows."""
    if _NAME.fullmatch(name) is None or _RESERVED.fullmatch(name):
        raise DataError("E-PATH-02", f"{name!r} cannot be a name", mend="use up to 64 of a-z, 0-9, '.', '_' and '-'")
    return name


def safe_join(root: Path, name: str) -> Path:
    """The path of `name` under `root`, for a name from a file or a request.

    Raises:
        DataError: E-PATH-01 if the name is absolute, climbs, hides, holds what some system reads as a separator, or
            leads outside through a link.
    """
    parts = name.split("/")
    bad = any(part in ("", ".", "..") or part.endswith((".", " ")) for part in parts)
    if bad or any(character in '\\:<>"|?*' or not character.isprintable() for character in name):
        raise _outside(name)
    path = root.joinpath(*parts)
    if not path.resolve().is_relative_to(root.resolve()):
        raise _outside(name)
    return path


def discard(path: Path) -> None:
    """Removes what was begun; an error of its own would hide the one that is being handled."""
    with contextlib.suppress(SeqweaveError):
        disk.remove(path)


def _clear(path: Path, target: Path, what: str) -> None:
    """Puts back what had been `target` where nothing has taken its place; removes everything else."""
    if what == "old" and not target.exists():
        disk.rename(path, target)
    else:
        disk.remove(path)


def _outside(name: str) -> DataError:
    return DataError(
        "E-PATH-01", f"{name!r} is not a plain path inside its folder", mend="use a relative path without '..'"
    )
