"""Opening a text file as bytes: plain or gzip, and a clear refusal of everything that is not a text file."""

from __future__ import annotations

import difflib
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqweave.core.errors import DataError, DiskError, MissingInputError, Place, shown
from seqweave.data.receipt import Receipt

_GZIP = b"\x1f\x8b"
_NOT_TEXT = (
    (b"PK\x03\x04", "a zip archive or an office file such as .xlsx", "save the sheet as CSV (UTF-8), or unzip it"),
    (b"\xd0\xcf\x11\xe0", "an old office file such as .xls", "save the sheet as CSV (UTF-8)"),
    (b"%PDF", "a PDF document", "copy its text into a text file"),
    (b"PAR1", "a Parquet table", "write it as JSON lines or CSV"),
    (b"ARROW1", "an Arrow table", "write it as JSON lines or CSV"),
    (b"SQLite format 3", "an SQLite database", "write its table as CSV"),
    (b"BZh", "bzip2 data", "unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", "xz data", "unpack it, or pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd data", "unpack it, or pack it with gzip"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it, or pack the file with gzip"),
    (_GZIP, "gzip data inside gzip data", "unpack it once"),
)


@contextmanager
def opened(path: Path, receipt: Receipt) -> Iterator[io.BufferedReader]:
    """The bytes of a text file, unpacked where it is gzip, before any decoding.

    Raises:
        MissingInputError: if there is no such file, or it may not be read.
        DataError: if the file is empty, is not text, or its gzip data is damaged.
        DiskError: if reading fails.
    """
    _require_file(path, receipt.file)
    place = Place(receipt.file)
    try:
        with path.open("rb") as stored, _unpacked(stored, path, receipt) as stream:
            _require_text(stream.peek(16), place)
            yield stream
    except PermissionError as error:
        raise MissingInputError(
            "E-TEXT-03", "the file may not be read by you", mend=f"chmod u+r {receipt.file}", place=place
        ) from error
    except EOFError as error:
        raise DataError(
            "E-TEXT-06", "the gzip data ends too early; the file may be cut short", mend="fetch it again", place=place
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            "E-TEXT-06", f"the gzip data is damaged ({shown(error)})", mend="fetch it again", place=place
        ) from error
    except OSError as error:
        raise DiskError("E-TEXT-04", f"reading failed ({shown(error.strerror)})", place=place) from error


def _require_file(path: Path, name: str) -> None:
    if path.is_file():
        return
    place = Place(name)
    if path.is_dir():
        raise MissingInputError(
            "E-TEXT-02",
            "this is a folder, not a file",
            mend="name a file in it, or use data.format: folder",
            place=place,
        )
    if path.exists():
        raise MissingInputError("E-TEXT-02", "this is not a regular file", mend="copy it into a file", place=place)
    raise MissingInputError("E-TEXT-01", "there is no such file", mend=_neighbour(path), place=place)


def _neighbour(path: Path) -> str:
    if not path.parent.is_dir():
        return f"make or correct the folder {shown(path.parent)}, which does not exist either"
    names = sorted(file.name for file in path.parent.iterdir())
    close = difflib.get_close_matches(path.name, names, n=1)
    if close:
        return f"name {shown(close[0])}, which is there"
    return f"name one of {', '.join(shown(name) for name in names[:5])}" if names else "its folder is empty"


@contextmanager
def _unpacked(stored: io.BufferedReader, path: Path, receipt: Receipt) -> Iterator[io.BufferedReader]:
    packed = stored.peek(len(_GZIP)).startswith(_GZIP)
    if packed != (path.suffix == ".gz") and stored.peek(1):
        kind = (
            "gzip data under a name without .gz; it is unpacked" if packed else "the name ends in .gz but it is plain"
        )
        receipt.notice("W-TEXT-01", kind)
    if not packed:
        yield stored
        return
    # Read through a C buffer: GzipFile.readline is Python code, and twice as slow.
    with gzip.GzipFile(fileobj=stored) as unpacking:
        stream: io.BufferedReader = io.BufferedReader(unpacking)
        yield stream


def _require_text(first: bytes, place: Place) -> None:
    if not first:
        raise DataError("E-TEXT-05", "the file is empty", mend="check that it was written or fetched", place=place)
    for magic, kind, mend in _NOT_TEXT:
        if first.startswith(magic):
            raise DataError("E-TEXT-07", f"this is not a text file but {kind}", mend=mend, place=place)


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes as stored, or of the names and digests below a folder, in hexadecimal."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        listing = "".join(f"{digest(file)}  {file.relative_to(path).as_posix()}\n" for file in files)
        return hashlib.sha256(listing.encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
