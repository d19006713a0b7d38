"""A YAML 1.2 file read to plain values, with the place of each of them.

A recipe may come from a stranger: tags, anchors, aliases, merge keys, directives and duplicate keys are refused, and so
is anything big or deep. The parser's events are folded by hand, because only there the depth can be checked before
anything recurses, and an alias is seen before it is expanded. Scalars follow the core schema of YAML 1.2: `no` and
`1_000` are text, `1e-3` is a number; every key is text.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from seqweave.core.errors import Place, RecipeError, shown

SIZE_LIMIT = 256_000
DEPTH_LIMIT = 32
DIGITS_LIMIT = 40
Path = tuple[str | int, ...]
Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SETTING = re.compile(r"\b(?:data|model|training)(?:\.\w+)+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values, and where each of them was written.

    Args:
        file: the file's name, as messages show it.
        values: what was read.
        places: the place of each key (of each item, in a list), by its path.
    """

    file: str
    values: dict[str, Plain]
    places: Mapping[Path, Place]

    def place(self, path: Path) -> Place:
        """The place of `path`, or of its closest parent that was written."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1))

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Errors of recipes that know no place get that of the first setting they name, or at least the file.

        What is found while data is read or a network is built is told by those who know settings, not where they stand.

        Raises:
            RecipeError: with a place, if the block raises one.
        """
        try:
            yield
        except RecipeError as error:
            if error.place is None:
                named = _SETTING.search(f"{error.what} {error.mend}")
                path = tuple(int(key) if key.isdecimal() else key for key in named[0].split(".")) if named else ()
                place = self.place(path) if named else Place(self.file)
                raise RecipeError(error.code, error.what, mend=error.mend, place=place) from error
            raise


def parse(data: bytes | str, file: str) -> Document:
    """The document in `data`; `file` is how messages name it.

    Raises:
        RecipeError: E-RECIPE-01 to 05, 08, 09 and 17, with file, line and column.
    """
    text = data if isinstance(data, str) else _decoded(data, file)
    if len(text) > SIZE_LIMIT or len(data) > SIZE_LIMIT:
        raise _error("08", f"the recipe has {len(data)} bytes, more than {SIZE_LIMIT}", "shorten it", Place(file))
    reader = _Reader(text, file)
    values = reader.document()
    if not isinstance(values, dict):
        seen = "nothing" if values is None else f"a {_NAMES[type(values)]}"
        mend = "begin with a line such as 'task: tagging'"
        raise _error("03", f"the recipe holds {seen} where keys with values are needed", mend, Place(file, 1))
    return Document(file, values, reader.places)


def parse_value(text: str, place: Place) -> Plain:
    """One value by the same rules, such as `3`, `[1, 2]` or `{kind: lstm}`; a RecipeError points at `place`."""
    try:
        return _Reader(text, place.file).document()
    except RecipeError as error:
        raise RecipeError(error.code, error.what, mend=error.mend, place=place) from None


def resolve(text: str) -> Plain:
    """The value of an unquoted word: null, a truth value, an integer, a float or the text itself.

    Raises:
        ValueError: for a number that is not finite or has too many digits.

    Example:
        >>> resolve("no"), resolve("1_000"), resolve("12:30:45"), resolve("1e-3"), resolve("007")
        ('no', '1_000', '12:30:45', 0.001, 7)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("not a finite number")
    if _FLOAT.fullmatch(text) is None and _INTEGER.fullmatch(text) is None:
        return text
    if len(text) > DIGITS_LIMIT:
        raise ValueError(f"a number of more than {DIGITS_LIMIT} characters")
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number too large to be held")
    return number


class _Reader:
    """Folds parser events into values; one level of recursion a level of nesting, which is bounded."""

    def __init__(self, text: str, file: str) -> None:
        self.file, self.places = file, dict[Path, Place]()
        self.events = _events(text, file)

    def document(self) -> Plain:
        """The value of the one document, None where there is none."""
        next(self.events)
        start = next(self.events)
        if isinstance(start, StreamEndEvent):
            return None
        assert isinstance(start, DocumentStartEvent)
        if start.version or start.tags:
            self._refuse(*_DIRECTIVE, start)
        value = self._value(next(self.events), ())
        next(self.events)
        extra = next(self.events)
        if not isinstance(extra, StreamEndEvent):
            raise _error("17", "a second document begins here", "keep one document, without '---'", self._place(extra))
        return value

    def _value(self, event: Event, path: Path) -> Plain:
        self._plain(event)
        if len(path) > DEPTH_LIMIT:
            raise _error("08", f"more than {DEPTH_LIMIT} levels deep", "nest less", self._place(event))
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, ScalarEvent)
        return self._scalar(event)

    def _mapping(self, path: Path) -> dict[str, Plain]:
        values: dict[str, Plain] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self._key(event)
            if key in values:
                first = self.places[*path, key]
                what = f"the key {key!r} stands here a second time (first on line {first.line})"
                raise _error("04", what, "delete one of the two", self._place(event))
            self.places[*path, key] = self._place(event)
            values[key] = self._value(next(self.events), (*path, key))
        return values

    def _sequence(self, path: Path) -> list[Plain]:
        values: list[Plain] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            self.places[*path, len(values)] = self._place(event)
            values.append(self._value(event, (*path, len(values))))
        return values

    def _key(self, event: Event) -> str:
        self._plain(event)
        if not isinstance(event, ScalarEvent) or not event.value:
            raise _error("01", "a key must be a word", "write 'key: value'", self._place(event))
        if event.value == "<<" and event.implicit[0]:
            self._refuse("a merge key (<<)", "write the keys out where they are needed", event)
        return str(event.value)

    def _scalar(self, event: ScalarEvent) -> Plain:
        if not event.implicit[0]:
            return str(event.value)
        try:
            return resolve(event.value)
        except ValueError as error:
            mend = "write a finite number, or put text in quotes"
            raise _error("09", f"{shown(event.value)} is {error}", mend, self._place(event)) from None

    def _plain(self, event: Event) -> None:
        if isinstance(event, AliasEvent):
            self._refuse(f"an alias (*{event.anchor})", "write the value out where it is needed", event)
        assert isinstance(event, ScalarEvent | CollectionStartEvent)
        if event.anchor is not None:
            self._refuse(f"an anchor (&{event.anchor})", "delete it and write values out where they are needed", event)
        if event.tag is not None:
            self._refuse(f"a tag ({event.tag})", "delete it; put a number in quotes to make it text", event)

    def _refuse(self, what: str, mend: str, event: Event) -> NoReturn:
        raise _forbidden(what, mend, self._place(event))

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)


def _events(text: str, file: str) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1)
        raise _error("01", *_explained(error, text.split("\n")[mark.line : mark.line + 1]), place) from None
    except AssertionError:  # ruamel's own, of a %YAML whose version is neither 1.1 nor 1.2
        lines = enumerate(text.split("\n"), 1)
        first = next((number for number, line in lines if line.startswith("%")), 1)
        raise _forbidden(*_DIRECTIVE, Place(file, first, 1)) from None
    except ReaderError as error:
        before = text[: error.position]
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        what = f"the character {shown(chr(error.character))} is not allowed in YAML"
        raise _error("01", what, "delete it, or write it as an escape in double quotes", place) from None


def _forbidden(what: str, mend: str, place: Place) -> RecipeError:
    return _error("05", f"{what} is not allowed in a recipe", mend, place)


def _explained(error: MarkedYAMLError, line: list[str]) -> tuple[str, str]:
    """What is wrong, and its mend, for a parser's complaint about `line` (empty past the end of the file)."""
    problem, context = error.problem or "", error.context or ""
    indent = line[0][: len(line[0]) - len(line[0].lstrip())] if line else ""
    if "'\\t'" in problem or "\t" in indent:
        return "a tab stands where YAML needs spaces", "replace it by spaces"
    if "cannot start any token" in problem:
        return f"a text cannot begin so without quotes ({problem})", "put it in quotes"
    if "mapping values are not allowed" in problem:
        return "a second ': ' on one line, or a key indented too far", "put the value in quotes, or align the key"
    if "quoted scalar" in context:
        start = f", opened on line {error.context_mark.line + 1}" if error.context_mark else ""
        return f"a quoted text is malformed{start} ({problem})", "close the quote, and double a \\ within it"
    if "flow" in context and error.context_mark:
        opened = f"line {error.context_mark.line + 1}"
        return f"a bracket opened on {opened} is not closed ({problem})", "close it, or put a comma between the items"
    return f"not valid YAML ({' '.join(filter(None, (context, problem)))})", "check indentation, quotes and colons"


def _decoded(data: bytes, file: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _error("02", "the recipe is UTF-16", "save it as UTF-8", Place(file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise _error("02", f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8", place) from None


def _error(number: str, what: str, mend: str, place: Place) -> RecipeError:
    return RecipeError(f"E-RECIPE-{number}", what, mend=mend, place=place)


_DIRECTIVE = "a directive (%YAML or %TAG)", "delete the line that begins with %"
_NAMES: Mapping[type, str] = {list: "list", str: "text", int: "number", float: "number", bool: "truth value"}
