"""A model folder as one zip file, and back: written with equal bytes for equal models, read as from a stranger.

Nothing is ever extracted by the names in an archive: only the files of a model folder are taken, each under its own
known name, with its own largest size, into a fresh folder whose manifest is then checked.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from seqweave.core import disk
from seqweave.core.errors import DataError, Place, shown
from seqweave.core.files import Writer, write_bytes
from seqweave.core.manifest import MANIFEST, read_verified, verify

WEIGHTS = "model.safetensors"
CERTIFICATE = "certificate.json"
"""The one file that a model may lack."""
MEGABYTE = 1 << 20
LARGEST: Mapping[str, int] = {
    "README.md": MEGABYTE,
    CERTIFICATE: MEGABYTE,
    "config.json": MEGABYTE,
    MANIFEST: MEGABYTE,
    "tokenizer.json": 256 * MEGABYTE,
    "vocabulary.json": 1024 * MEGABYTE,
    WEIGHTS: 4095 * MEGABYTE,
}
"""The files of a model, and the most bytes of each. All below 4 GB, from where on archives are of another format."""

ENTRIES_LIMIT = 64
DIRECTORY_LIMIT = MEGABYTE
RATIO_LIMIT = 100
CHUNK = MEGABYTE
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry, so that the same model gives the same bytes at any time."""
_END = struct.Struct("<4s4H2LH")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_AGAIN = "fetch the file again, or make it with `seqweave export RUN --output FILE.zip`"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    OSError,
)
"""What the library raises on damaged archives."""


def pack(model: Path, target: Path) -> None:
    """Write a model folder as one zip file; its entries are stored uncompressed, in name order.

    Args:
        model: a model folder; its manifest is checked first.
        target: the zip file.

    Raises:
        DataError: if the folder is damaged, or too large for a zip file.
    """
    verify(model)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(LARGEST if (model / CERTIFICATE).is_file() else LARGEST.keys() - {CERTIFICATE}):
            data = (model / name).read_bytes() if name == MANIFEST else read_verified(model, name)
            if len(data) > LARGEST[name]:
                mend = "export it as a folder: --output DIR"
                raise _error("09", f"{name} is too large for a zip file ({len(data):,} bytes)", model, mend)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
    write_bytes(target, buffer.getbuffer())


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """The model folder in a zip file, checked, for as long as the context lasts.

    Raises:
        DataError: if the file is no zip file, is damaged, or holds anything but the files of a model.
    """
    with TemporaryDirectory(prefix="seqweave-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        _require_plain_end(archive)
        try:
            with zipfile.ZipFile(archive) as opened:
                entries = opened.infolist()
                _check(entries, archive)
                for entry in entries:
                    _write(opened, entry, folder, archive)
        except _BROKEN as error:
            raise _error("01", f"the zip file is damaged ({shown(error)})", archive) from error
        verify(folder)
        yield folder


def _require_plain_end(archive: Path) -> None:
    """The end of the file must say how many entries there are, before a library walks through them."""
    with disk.explained(archive), archive.open("rb") as stream:
        if stream.read(2) != b"PK":
            mend = "name a run folder, a model folder or an exported zip"
            raise _error("12", "this file is neither a run nor a zip file", archive, mend)
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(size - _END.size, 0))
        last = stream.read(_END.size)
    if len(last) < _END.size or not last.startswith(b"PK\x05\x06"):
        raise _error("01", "the zip file does not end as it should; it may be cut short", archive)
    *_, entries, directory, _, _ = _END.unpack(last)
    if entries > ENTRIES_LIMIT or directory > DIRECTORY_LIMIT:
        raise _error("02", f"the zip file holds {entries} entries, a model has {len(LARGEST)}", archive)


def _check(entries: list[zipfile.ZipInfo], archive: Path) -> None:
    if len(entries) > ENTRIES_LIMIT:
        raise _error("02", f"the zip file holds {len(entries)} entries, a model has {len(LARGEST)}", archive)
    seen: set[str] = set()
    for entry in entries:
        _check_name(entry, seen, archive)
        _check_kind(entry, archive)
        _check_size(entry, archive)
    with disk.explained(archive):
        stored = archive.stat().st_size
    if sum(entry.compress_size for entry in entries) > stored:
        raise _error("10", "its entries are larger than the file: it is cut short, or a zip bomb", archive)


def _check_name(entry: zipfile.ZipInfo, seen: set[str], archive: Path) -> None:
    name = entry.orig_filename  # as it stands in the file: the library mends some names silently
    quoted = shown(repr(name))
    leads_out = name.startswith("/") or ".." in name.split("/") or any(mark in name for mark in "\\:\0")
    if leads_out:
        raise _error("03", f"the name {quoted} leads out of the folder", archive)
    if name.lower() in seen:
        raise _error("04", f"the name {quoted} stands there twice", archive)
    seen.add(name.lower())
    if name not in LARGEST:
        mend = "zip the files of the model folder alone, without the folder itself; or use `seqweave export`"
        raise _error("05", f"{quoted} is no file of a model", archive, mend)


def _check_kind(entry: zipfile.ZipInfo, archive: Path) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or entry.is_dir() or entry.external_attr & 0x10:
        raise _error("06", f"{entry.filename} is a link, a folder or a device, not a file", archive)
    if entry.flag_bits & _ENCRYPTED:
        raise _error("07", f"{entry.filename} is encrypted", archive, "unzip it, and name the folder")
    if entry.compress_type not in METHODS or (entry.filename == WEIGHTS and entry.compress_type):
        raise _error("08", f"{entry.filename} is compressed in a way that is not read", archive)


def _check_size(entry: zipfile.ZipInfo, archive: Path) -> None:
    if entry.file_size > LARGEST[entry.filename]:
        raise _error("09", f"{entry.filename} is too large ({entry.file_size:,} bytes)", archive)
    if entry.file_size > RATIO_LIMIT * max(entry.compress_size, 1):
        raise _error("10", f"{entry.filename} grows more than {RATIO_LIMIT} times, as a zip bomb does", archive)


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, archive: Path) -> None:
    """One file, counted while it is written; the library checks its CRC at the end."""
    written = 0
    with opened.open(entry) as source, closing(Writer(folder / entry.filename)) as target:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > LARGEST[entry.filename]:
                raise _error("09", f"{entry.filename} is too large", archive)
            target.write(chunk)
    if written != entry.file_size:
        what = f"{entry.filename} has {written:,} bytes, the zip file says {entry.file_size:,}"
        raise _error("11", what, archive)


def _error(number: str, what: str, archive: Path, mend: str = _AGAIN) -> DataError:
    return DataError(f"E-ZIP-{number}", what, mend=mend, place=Place(str(archive)))
