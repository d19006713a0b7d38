r"""Text files as streams of numbered lines, in any named encoding, with errors that name the byte.

Lines end at `\n` (or `\r\n`) only: U+0085 and U+2028 are ordinary characters of a text. Memory is one line.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path

from seqweave.core.errors import DataError, Place, RecipeError, shown
from seqweave.data.opening import opened
from seqweave.data.receipt import Receipt

LINE_LIMIT = 1 << 20
"""Longest line, in bytes as they stand in the (unpacked) file."""
HEAD_BYTES = 1 << 16
"""How much of a file is looked at to tell its format."""

MOST_NULS = 0.01
"""Share of NUL characters above which a file is not text."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16, so it is tried first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def lines(path: Path, encoding: str, receipt: Receipt) -> Iterator[tuple[int, str]]:
    """Stream the lines of a text file with their numbers, from 1, without their line ends.

    Args:
        path: the file; gzip is known by its first bytes, whatever the name.
        encoding: "auto" (UTF-8, or what a byte order mark says) or a name of Python's codecs.
        receipt: the account of this file. Lines that cannot be read are refused there and left out; all others are
            for the caller to account for.

    Raises:
        MissingInputError: if there is no such file, or it may not be read.
        DataError: if the file is empty, not text, or in another encoding.
        DiskError: if reading fails.
        RecipeError: if there is no such encoding.
    """
    with opened(path, receipt) as stream:
        yield from lines_of(stream, encoding, receipt)


def lines_of(stream: io.BufferedReader, encoding: str, receipt: Receipt) -> Iterator[tuple[int, str]]:
    """As `lines`, of what is open already, such as standard input."""
    yield from _Lines(stream, encoding, receipt)


def head(path: Path) -> str:
    """The first 64 kB of a text file, what cannot be read replaced; to tell formats apart.

    Raises:
        MissingInputError: if there is no such file, or it may not be read.
        DataError: if the file is empty or not text.
    """
    with opened(path, Receipt(str(path))) as stream:
        first = stream.read(HEAD_BYTES)
    codec, skipped = _marked(first)
    text = first[skipped:].decode(codec, "replace")
    if "\0" not in text:
        return text
    guess = _wide_guess(first)
    if guess:
        return first.decode(guess, "replace")
    if text.count("\0") > MOST_NULS * len(text):
        what = "the file holds NUL bytes, so it is not text"
        raise DataError("E-TEXT-10", what, mend="save it as a text file in UTF-8", place=Place(str(path)))
    return text.replace("\0", "\ufffd")  # reading tells the line of each


def _marked(first: bytes) -> tuple[str, int]:
    """The encoding that a byte order mark tells, UTF-8 without one, and the length of the mark."""
    for mark, codec in _MARKS:
        if first.startswith(mark):
            return codec, len(mark)
    return "utf-8", 0


def _codec(first: bytes, encoding: str, place: Place) -> tuple[str, int]:
    """The codec to use, and the length of the byte order mark to skip."""
    marked, skipped = _marked(first)
    if encoding == "auto":
        return marked, skipped
    try:
        b"".decode(encoding)
        named = codecs.lookup(encoding).name.removesuffix("-sig")
        newline = "\n".encode(named)
    except (LookupError, ValueError) as error:
        raise RecipeError(
            "E-TEXT-08",
            f"data.encoding: there is no text encoding {shown(encoding)!r}",
            mend="use auto, utf-8, gb18030, big5, cp1252, shift_jis, koi8-r or another name of Python's codecs",
        ) from error
    if b"\n" not in newline:
        raise RecipeError(
            "E-TEXT-08", f"data.encoding: {named} has line ends of its own kind", mend="save the file as UTF-8"
        )
    if skipped and not marked.startswith(named):
        raise DataError(
            "E-TEXT-13",
            f"the file begins with the byte order mark of {marked}, but data.encoding is {named}",
            mend="data.encoding: auto",
            place=place,
        )
    if skipped:
        return marked, skipped
    return (f"{named}-le" if named in ("utf-16", "utf-32") else named), 0


class _Lines:
    """The decoded lines of one open file, with the place in it."""

    def __init__(self, stream: io.BufferedReader, encoding: str, receipt: Receipt) -> None:
        self.stream, self.receipt = stream, receipt
        self.codec, skipped = _codec(stream.peek(4), encoding, Place(receipt.file))
        self.newline = "\n".encode(self.codec)
        self._following = stream.readline if len(self.newline) == 1 else self._wide
        self.proven = False
        """Whether a character beyond ASCII was read, so that the encoding is surely right."""
        self.number, self.offset = 0, len(stream.read(skipped))

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while raw := self._following(LINE_LIMIT + 1):
            self.number += 1
            if len(raw) > LINE_LIMIT:
                self._pass_over(raw)
                continue
            text = self._text(raw)
            self.offset += len(raw)
            if text is not None:
                yield self.number, text

    def _wide(self, limit: int) -> bytes:
        """The bytes up to a line end of two or four bytes, which must be aligned."""
        unit, raw = len(self.newline), bytearray()
        while len(raw) < limit and (part := self.stream.readline(limit)):
            raw += part + self.stream.read(-(len(raw) + len(part)) % unit)
            if raw.endswith(self.newline):
                break
        return bytes(raw)

    def _text(self, raw: bytes) -> str | None:
        try:
            text = raw.decode(self.codec)
        except UnicodeDecodeError as error:
            self._refuse(self._bad_byte(raw, error), fatal=not self.proven)
            return None
        self.proven = self.proven or not text.isascii()
        if text.endswith("\n"):
            text = text[:-2] if text.endswith("\r\n") else text[:-1]
        if "\0" in text:
            self._refuse(self._nul(raw, text), fatal=_wide_guess(raw) is not None)
        elif "\r" in text:
            self._refuse(self._lone_return(text))
        else:
            return text
        return None

    def _refuse(self, error: DataError, *, fatal: bool = False) -> None:
        """Refuse the line; one that shows the whole encoding to be wrong stops at once, or each line would tell it."""
        self.receipt.refuse(error)
        if fatal and self.receipt.on_bad_row == "stop":
            raise error

    def _pass_over(self, raw: bytes) -> None:
        """Refuse a line that is too long, without keeping it."""
        begin = self.offset
        while raw:
            self.offset += len(raw)
            raw = b"" if raw.endswith(self.newline) else self._following(LINE_LIMIT)
        self._refuse(
            DataError(
                "E-TEXT-11",
                f"the line has {self.offset - begin:,} bytes, more than {LINE_LIMIT:,}",
                mend="one example must stand on one line; split this one",
                place=Place(self.receipt.file, self.number),
            )
        )

    def _bad_byte(self, raw: bytes, error: UnicodeDecodeError) -> DataError:
        before = raw[: error.start].decode(self.codec)
        after = f", after {shown(before[-20:])!r}" if before else ""
        doubtful = self.codec == "utf-8" and before.isascii() and not self.proven
        guess = _narrow_guess(raw) if doubtful else None
        reading = f"; as {guess} the line reads {shown(raw.decode(guess).strip(), 30)!r}" if guess else ""
        other = "set data.encoding to what the file is in, or write these bytes in UTF-8"
        return DataError(
            "E-TEXT-09",
            f"byte 0x{raw[error.start]:02x} is not {self.codec.upper()} "
            f"(byte {self.offset + error.start + 1:,} of the file{after}){reading}",
            mend=_named(guess) if guess else other,
            place=Place(self.receipt.file, self.number, len(before) + 1),
        )

    def _nul(self, raw: bytes, text: str) -> DataError:
        guess = _wide_guess(raw)
        return DataError(
            "E-TEXT-10",
            "the line holds a NUL byte" + (f"; the file looks like {guess} without a byte order mark" if guess else ""),
            mend=_named(guess) if guess else "delete the byte: tr -d '\\000' < OLD > NEW",
            place=Place(self.receipt.file, self.number, text.index("\0") + 1),
        )

    def _lone_return(self, text: str) -> DataError:
        at = text.index("\r")
        before = shown(text[max(at - 20, 0) : at])
        return DataError(
            "E-TEXT-12",
            f"a carriage return without a line feed stands inside the line, after {before!r}",
            mend="turn the line ends of old Macs into others: tr '\\r' '\\n' < OLD > NEW"
            if self.number == 1
            else "put a space in its place, or a line feed where a line should end",
            place=Place(self.receipt.file, self.number, at + 1),
        )


def _named(encoding: str) -> str:
    return f"data.encoding: {encoding}, or iconv -f {encoding} -t utf-8 OLD > NEW"


def _narrow_guess(raw: bytes) -> str | None:
    """The likely encoding of a line that is not UTF-8: common Chinese characters are pairs of bytes above 0xa0."""
    high = sum(byte >= 0x80 for byte in raw)
    pairs = len(re.findall(rb"[\xa1-\xf7][\xa1-\xfe]", raw))
    for codec, likely in (("gb18030", 2 * pairs >= 0.6 * high), ("cp1252", True)):
        try:
            raw.decode(codec)
        except UnicodeDecodeError:
            continue
        if likely:
            return codec
    return None


def _wide_guess(raw: bytes) -> str | None:
    """UTF-16 where every other byte of a line is mostly NUL, as in Latin text."""
    sample = raw[:HEAD_BYTES]
    odd, even, half = sample[1::2].count(0), sample[::2].count(0), len(sample) // 4 + 1
    if odd >= half > even:
        return "utf-16-le"
    return "utf-16-be" if even >= half > odd else None
