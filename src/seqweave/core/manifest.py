"""Folders that appear whole, and are checked whenever they are read.

`manifest.json` holds the size and sha256 of every file beside it and is written last: a folder without it is not
complete. Weights with a flipped bit load without complaint everywhere; here they do not load.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from seqweave.core import disk, files
from seqweave.core.errors import DataError, Place
from seqweave.core.json_text import read_json

MANIFEST = "manifest.json"
FORMAT = 1
LIMIT_BYTES = 1 << 20
"""The largest manifest that is read; ours have some hundred bytes a file."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AGAIN = "copy the folder again from where it came, or use another checkpoint"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says of one file.

    Args:
        size: bytes.
        sha256: 64 hexadecimal digits.
    """

    size: int
    sha256: str


@contextlib.contextmanager
def atomic_dir(target: Path) -> Iterator[Path]:
    """A fresh private folder that becomes `target`, with its manifest, when the block ends well, else vanishes.

    An existing `target` gives way to it. Between its two renames a crash can leave no `target`; `files.sweep` of the
    parent puts the old one back, as the next writer of the same `target` does.

    Raises:
        DiskError: if the disk is full or refuses; `target` is then as it was before.
    """
    temporary = disk.beside(target, "tmp")
    files.sweep(target.parent, target.name)
    disk.make_folder(target.parent)
    alive = disk.create_folder(temporary)
    try:
        yield temporary
        write_manifest(temporary)
        _replace(temporary, target)
    except BaseException:
        files.discard(temporary)
        raise
    finally:
        os.close(alive)


def write_manifest(folder: Path) -> dict[str, Entry]:
    """Writes the manifest of what is in `folder`, after every file and folder in it is on the device.

    A manifest that is there already is replaced, and not listed.
    """
    entries = {}
    for path in _members(folder):
        if path == folder / MANIFEST:
            continue
        disk.sync_file(path)
        entries[path.relative_to(folder).as_posix()] = Entry(path.stat().st_size, sha256_of(path))
    for inner in sorted(path for path in folder.rglob("*") if path.is_dir()):
        disk.sync_file(inner)
    values = {"format": FORMAT, "files": {name: asdict(entries[name]) for name in sorted(entries)}}
    files.write_json(folder / MANIFEST, values)
    return entries


def read_manifest(folder: Path) -> dict[str, Entry]:
    """The entries of a folder's manifest, by name.

    Raises:
        DataError: E-MANIFEST-01 if the folder has none, 02 if it is malformed or too large, 03 if it is of a newer
            format, 07 if it is no plain file.
        MissingInputError: if there is no such folder.
    """
    path = folder / MANIFEST
    with disk.explained(folder):
        complete = any(entry.name == MANIFEST for entry in folder.iterdir())
    if not complete:
        raise _error("01", "the folder has no manifest.json, so it was never completed", _AGAIN, folder)
    if path.is_symlink() or not path.is_file():
        raise _not_a_file(path)
    if path.stat().st_size > LIMIT_BYTES:
        raise _error("02", f"the manifest is larger than {LIMIT_BYTES:,} bytes", _AGAIN, path)
    values = read_json(path)
    if isinstance(values, dict) and isinstance(values.get("format"), int) and values["format"] > FORMAT:
        what = f"made by format {values['format']}; this program reads up to {FORMAT}"
        raise _error("03", what, "upgrade: pip install -U seqweave", path)
    try:
        if type(values["format"]) is not int or values["format"] != FORMAT:
            raise ValueError
        return {name: _entry(folder, name, facts) for name, facts in values["files"].items()}
    except (KeyError, TypeError, AttributeError, ValueError):
        raise _error("02", "the manifest is malformed", _AGAIN, path) from None


def verify(folder: Path) -> dict[str, Entry]:
    """The manifest's entries, after every file was found, with its size and digest, and nothing else.

    Names that begin with a dot belong to other programs and are passed over.

    Raises:
        DataError: E-MANIFEST-01 to 07, naming the file.
    """
    entries = read_manifest(folder)
    present = {path.relative_to(folder).as_posix() for path in _members(folder)} - {MANIFEST}
    for name in sorted(present - entries.keys()):
        raise _error("05", "the manifest does not list this file", "move it out of the folder", folder / name)
    for name, entry in entries.items():
        if name not in present:
            raise _missing(folder / name)
        with disk.explained(folder / name):
            size = (folder / name).stat().st_size
        _check(folder / name, entry, size, None)
        _check(folder / name, entry, size, sha256_of(folder / name))
    return entries


def entry_of(folder: Path, name: str) -> Entry:
    """What the manifest says of one file.

    Raises:
        DataError: if the manifest is not as it was written, or does not list the file.
    """
    entry = read_manifest(folder).get(name)
    if entry is None:
        raise _missing(folder / name)
    return entry


def read_verified(folder: Path, name: str) -> bytes:
    """The bytes of one listed file: those that were checked are those that are returned.

    Raises:
        DataError: if the manifest or the file is not as it was written.
    """
    entry, path = entry_of(folder, name), folder / name
    if not path.is_file():
        raise _missing(path)
    _check(path, entry, path.stat().st_size, None)
    data = files.read_bytes(path)
    _check(path, entry, len(data), hashlib.sha256(data).hexdigest())
    return data


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes, 64 hexadecimal digits."""
    with disk.explained(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _members(folder: Path) -> list[Path]:
    """All files below `folder` but hidden ones, in name order; a link or a device among them is an error."""
    members = []
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise _not_a_file(path)
        if path.is_file():
            members.append(path)
    return members


def _replace(source: Path, target: Path) -> None:
    if not target.exists():
        disk.rename(source, target)
        disk.sync_file(target.parent)
        return
    old = disk.beside(target, "old")
    with disk.claimed(target):
        disk.rename(target, old)
        try:
            disk.rename(source, target)
        except BaseException:
            disk.rename(old, target)
            raise
        disk.sync_file(target.parent)
        disk.remove(old)


def _entry(folder: Path, name: str, facts: dict[str, object]) -> Entry:
    files.safe_join(folder, name)
    size, digest = facts["size"], facts["sha256"]
    if not isinstance(size, int) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError
    return Entry(size, digest)


def _check(path: Path, entry: Entry, size: int, digest: str | None) -> None:
    if size != entry.size:
        raise _error("06", f"the file has {size} bytes, its manifest says {entry.size}", _AGAIN, path)
    if digest is not None and digest != entry.sha256:
        raise _error("06", f"the file is damaged (sha256 {digest[:8]}…, not {entry.sha256[:8]}…)", _AGAIN, path)


def _missing(path: Path) -> DataError:
    return _error("04", "the file is missing", _AGAIN, path)


def _not_a_file(path: Path) -> DataError:
    return _error("07", "a link or device stands where a file is needed", "put the file itself there", path)


def _error(number: str, what: str, mend: str, path: Path) -> DataError:
    return DataError(f"E-MANIFEST-{number}", what, mend=mend, place=Place(str(path)))
