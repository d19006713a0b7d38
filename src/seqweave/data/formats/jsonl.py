"""JSON lines: one object a line, as RFC 8259 has it and nothing more: no NaN, no key twice, no half characters."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.formats.contract import Format, Row, Value, format  # noqa: A004  # "@format('jsonl')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt

DIGITS_LIMIT = 100
"""Longest integer; Python's own limit is 4,300 digits, and no label or offset comes near either."""
DEPTH_LIMIT = 64
"""Deepest nesting of brackets; Python's own limit differs between versions, and no example comes near either."""
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{\]}]')
"""A string, which is passed over, or a bracket."""
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


@format("jsonl")
class JSONLinesFormat(Format):
    """One JSON object a line; its keys are the columns."""

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the objects as rows; a line whose keys are not those of the first object is a counted warning.

        Raises:
            DataError: if the file holds no objects, or one JSON document in place of lines.
        """
        first_keys = None
        for number, text, last in _with_last(lines(path, encoding, receipt)):
            if not text.strip(" \t"):
                receipt.count("blank")
                continue
            place = Place(receipt.file, number)
            try:
                row = _object(text)
            except _LineError as error:
                if receipt.lines == receipt.counts["blank"]:
                    _require_lines(text, place)
                receipt.refuse(error.told(place, last=last))
                continue
            first_keys = first_keys or row.keys()
            if row.keys() != first_keys:
                what = f"the keys {_listed(row)} are not those of the first line, {_listed(first_keys)}"
                receipt.notice("W-JSON-01", what, number)
            receipt.count("used")
            yield Row(number, row)
        if receipt.without_records:
            what, mend = "the file holds only blank lines", "check that it was written"
            raise DataError("E-JSON-20", what, mend=mend, place=Place(receipt.file))

    @classmethod
    def suits(cls, name: str, head: str) -> float:
        """Sure of a name in .jsonl or .ndjson; else nearly sure where the first line is an object.

        Other JSON is called JSON lines with less certainty, so that reading it tells how to mend it.
        """
        if name.lower().endswith((".jsonl", ".ndjson")):
            return 0.95
        first = head.lstrip().partition("\n")[0]
        try:
            _object(first)
        except _LineError:
            return 0.3 if name.lower().endswith(".json") else 0.0
        return 0.9


class _LineError(Exception):
    """What is wrong with a line, without its place."""

    def __init__(self, code: str, what: str, mend: str, column: int = 0) -> None:
        self.code, self.what, self.mend, self.column = code, what, mend, column
        super().__init__(what)

    def told(self, place: Place, *, last: bool) -> DataError:
        """The error with its place; a last line that ends too early is told as a file cut short."""
        code, what, mend = self.code, self.what, self.mend
        if code == "E-JSON-16" and last:
            what, mend = f"{what}; it is the last line, so the file may be cut short", "write or fetch the file again"
        return DataError(code, what, mend=mend, place=Place(place.file, place.line, self.column))


def _with_last(source: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str, bool]]:
    """Each line, and whether it is the last."""
    waiting = next(source, None)
    while waiting is not None:
        following = next(source, None)
        yield *waiting, following is None
        waiting = following


def _object(text: str) -> dict[str, Value]:
    if text.count("[") + text.count("{") > DEPTH_LIMIT:
        _require_shallow(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _explained(text, error.pos, error.msg) from error
    if not isinstance(value, dict):
        what = f"a line must be an object, and this is {_kind(value)} ({shown(text)!r})"
        raise _LineError("E-JSON-12", what, 'write {"text": ..., "label": ...}')
    if _HALF_CHARACTER.search(text):
        _require_whole_characters(text, value)
    return value


def _require_shallow(text: str) -> None:
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > DEPTH_LIMIT:
            what, mend = f"brackets are nested more than {DEPTH_LIMIT} deep", "write plain values"
            raise _LineError("E-JSON-07", what, mend, found.start() + 1)


def _explained(text: str, at: int, message: str) -> _LineError:
    """The fault behind a syntax error, as its writer would see it."""
    rest = text[at:].strip()
    column = at + 1
    if (
        (rest == "," and message == "Extra data")
        or (rest[:1] in ("}", "]") and text[:at].rstrip().endswith(","))
        or re.match(r",\s*[}\]]", rest)
    ):
        return _LineError("E-JSON-02", "a comma stands after the last value", "delete the comma", column)
    if rest.startswith(("'", "None", "True", "False")):
        what = f"this is Python, not JSON ({shown(rest, 30)!r})"
        return _LineError("E-JSON-03", what, 'write it with json.dumps: "..." for strings, null, true, false', column)
    if rest in ("", ",") or message.startswith("Unterminated string"):
        what = f"the line ends inside its object (after {shown(text[-20:])!r})"
        return _LineError("E-JSON-16", what, "write each object on one line", column)
    what = f"this is not JSON: {message[0].lower()}{message[1:]} (found {shown(rest, 30)!r})"
    return _LineError("E-JSON-19", what, "write each line with json.dumps or another JSON writer", column)


def _require_lines(text: str, place: Place) -> None:
    """Refuse a file at once that begins as one JSON document: each of its lines would be an error."""
    bare = text.strip()
    if not bare.startswith("[") and bare != "{":
        return
    kind, program = ("one JSON array", "'.[]'") if bare.startswith("[") else ("objects spread over several lines", ".")
    raise DataError(
        "E-JSON-01",
        f"the file holds {kind} in place of one object a line",
        mend=f"write each object on a line of its own: jq -c {program} OLD > NEW",
        place=place,
    )


def _require_whole_characters(text: str, value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = json.dumps(error.object[error.start])
        column = text.lower().find(half[1:-1]) + 1
        mend = "write the whole pair, or the character itself"
        raise _LineError("E-JSON-09", f"{half} is one half of a character", mend, column) from error


def _unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _LineError("E-JSON-08", f"the key {shown(twice)!r} stands twice", "keep one of them")
    return found


def _constant(name: str) -> float:
    raise _LineError("E-JSON-04", f"{name} is not a JSON value", "write null or a finite number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _LineError("E-JSON-05", f"the number {shown(digits)} is too large", "write a finite number")
    return number


def _bounded(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT:
        what = f"an integer has {len(digits):,} digits, more than {DIGITS_LIMIT}"
        raise _LineError("E-JSON-06", what, "write it as a string")
    return int(digits)


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _listed(keys: Iterable[str]) -> str:
    return shown(", ".join(keys))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite, parse_int=_bounded
)
