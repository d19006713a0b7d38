"""JSON read strictly: what Python's reader lets pass and a later step would trip over is refused with its place."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from seqweave.core import files
from seqweave.core.errors import DataError, Place, shown

DEPTH_LIMIT = 64
# Texts are matched to be passed over; one that never ends takes the rest at once, or the search would be quadratic.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)|[][{}]', re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def read_json(path: Path) -> Any:  # noqa: ANN401  # any JSON value; the caller checks its shape
    """The value in a JSON file.

    Raises:
        MissingInputError: if there is no such file.
        DataError: E-DOCUMENT-01 to 07, with the line.
    """
    return parse_json(files.read_bytes(path), Place(str(path)))


def parse_json(data: bytes, place: Place) -> Any:  # noqa: ANN401  # any JSON value; the caller checks its shape
    """The value that `data` describes; errors are at `place`, plus the line within `data`.

    Raises:
        DataError: for what is not JSON, not UTF-8, nested too deep, or holds a key twice, a number that is not
            finite, an integer too long, or half of a surrogate pair.
    """
    if data.count(b"[") + data.count(b"{") > DEPTH_LIMIT and _depth(data) > DEPTH_LIMIT:
        raise _error("05", f"nested more than {DEPTH_LIMIT} deep", "nest less", place)
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_finite, parse_float=_finite)
    except UnicodeDecodeError as error:
        at = _at(place, data[: error.start].count(b"\n"))
        raise _error("02", f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8", at) from None
    except json.JSONDecodeError as error:
        hint = "; the file may be cut short" if error.pos >= len(text.rstrip()) else ""
        seen = shown(text[error.pos : error.pos + 20])
        what = f"not JSON: {error.msg[0].lower()}{error.msg[1:]} (at {seen!r}){hint}"
        raise _error("01", what, "correct the text there", _at(place, error.lineno - 1)) from None
    except _Refused as error:
        raise _error(error.number, str(error), error.mend, place) from None
    except ValueError:
        raise _error("07", "an integer has more than 4300 digits", "shorten it", place) from None
    if "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise _error("06", "half of a surrogate pair (\\ud800 to \\udfff)", "write the character itself", place)
    return value


class _Refused(Exception):  # noqa: N818  # carries a refusal out of the parser's hooks
    def __init__(self, number: str, what: str, mend: str) -> None:
        self.number, self.mend = number, mend
        super().__init__(what)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _Refused("03", f"the key {shown(twice)!r} stands twice in one object", "delete one of the two")
    return values


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise _Refused("04", f"{shown(text)} is not a finite number", "write a number, or null")
    return number


def _depth(data: bytes) -> int:
    """How deep brackets nest, told without recursion: the parser's own recursion is what must be guarded."""
    depth = deepest = 0
    for token in _TOKEN.finditer(data):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0], 0)
        deepest = max(deepest, depth)
    return deepest


def _at(place: Place, lines: int) -> Place:
    return Place(place.file, (place.line or 1) + lines, place.column)


def _error(number: str, what: str, mend: str, place: Place) -> DataError:
    return DataError(f"E-DOCUMENT-{number}", what, mend=mend, place=place)
