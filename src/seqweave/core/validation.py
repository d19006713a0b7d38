"""Turns a document into a config, or into all of its errors at once, each with its place and its mend."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from seqweave.core.configuration import Config
from seqweave.core.docstrings import meanings
from seqweave.core.errors import Place, ProblemsError, RecipeError, shown
from seqweave.core.fields import config_at
from seqweave.core.nodes import Document, Path, Plain, resolve
from seqweave.core.registry import closest, nearest

C = TypeVar("C", bound=Config)

LARGEST = 10**18
"""No setting is beyond it, on either side: its square still fits single precision, and it a word of the machine."""

_TYPES: Mapping[str, str] = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "none_required": "null",
    "finite_number": "a finite number",
}
_BOUNDS: Mapping[str, str] = {
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number less than {lt}",
    "less_than_equal": "a number of at most {le}",
    "multiple_of": "a number that is a multiple of {multiple_of}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}
_NUMBERS = {"int_type", "float_type"}
_TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def validate(model: type[C], document: Document, at: Path = ()) -> C:
    """The config that the document, or its section `at`, describes.

    Raises:
        ProblemsError: every RecipeError of the section, in the order of the file, E-RECIPE-06, 07 and 10 to 15.
    """
    values = _value(document.values, at)
    if beyond := list(_beyond(values, at)):
        raise ProblemsError([_too_large(document, path, number) for path, number in beyond])
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ProblemsError(problems_of(error, model, document, at)) from None


def problems_of(error: ValidationError, model: type[Config], document: Document, at: Path = ()) -> list[RecipeError]:
    """The errors that pydantic found in section `at`, one a place, in the order of the file."""
    values = _value(document.values, at)
    found: dict[Path, list[ErrorDetails]] = {}
    for item in error.errors(include_url=False):
        found.setdefault(_walked(values, item), []).append(item)
    # Of a union's branches, the one that went deeper is the one that was meant.
    paths = [path for path in found if not any(len(other) > len(path) == _same(other, path) for other in found)]
    # A misspelt key is one mistake, not two: the key that it was meant to be is not missing as well.
    meant = {_meant(model, values, path) for path in paths if found[path][0]["type"] == "extra_forbidden"}
    paths = [path for path in paths if not (path in meant and found[path][0]["type"] == "missing")]
    problems = [_Problem(model, document, at, path, found[path]).error() for path in paths]
    return sorted(problems, key=lambda problem: _order(problem.place, document))


def _beyond(values: Plain, path: Path) -> Iterator[tuple[Path, float]]:
    """Every number that no machine could work with, and where it stands."""
    if isinstance(values, dict | list):
        for key, value in values.items() if isinstance(values, dict) else enumerate(values):
            yield from _beyond(value, (*path, key))
    elif isinstance(values, int | float) and LARGEST < abs(values) < math.inf:
        yield path, values


def _too_large(document: Document, path: Path, number: float) -> RecipeError:
    allowed = f"a number of at most {float(LARGEST):g}" if number > 0 else f"a number of at least {-float(LARGEST):g}"
    what = f"{dotted(path)} is {shown(repr(number))}; allowed: {allowed}"
    return RecipeError("E-RECIPE-13", what, mend=f"write {allowed}", place=document.place(path))


def dotted(path: Path) -> str:
    """The path as it is written on the command line: `model.embed.0.dim`."""
    return ".".join(map(str, path))


class _Problem:
    """All that pydantic says about one path: one item, or one for each branch of a union."""

    def __init__(
        self, model: type[Config], document: Document, at: Path, path: Path, items: Sequence[ErrorDetails]
    ) -> None:
        self.model, self.document, self.path, self.items = model, document, path, items
        self.values, self.full = _value(document.values, at), (*at, *path)
        self.type = items[0]["type"]

    def error(self) -> RecipeError:
        """The error to show."""
        if self.type == "extra_forbidden":
            return self._unknown_key()
        if self.type == "missing":
            return self._missing_key()
        if self.type.startswith("choice_"):
            return self._choice()
        if self.type in ("value_error", "assertion_error"):
            return self._refused()
        return self._value()

    def _unknown_key(self) -> RecipeError:
        *parent, key = self.path
        config = config_at(self.model, self.values, tuple(parent))
        known = tuple(config.model_fields) if config else ()
        near = nearest(str(key), known)
        mend = f"write {near}" if closest(str(key), known) else f"delete it, or write {near}"
        return self._error("10", f"unknown key {shown(key)!r}{self._section()}", mend)

    def _missing_key(self) -> RecipeError:
        *parent, key = self.path
        config = config_at(self.model, self.values, tuple(parent))
        meaning = meanings(config).get(str(key)) if config else None
        note = f" ({meaning.rstrip('.').splitlines()[0]})" if meaning else ""
        place = self.document.place(self.full[:-1])
        return self._error("11", f"the key {key!r} is missing{self._section()}", f"add '{key}: ...'{note}", place)

    def _choice(self) -> RecipeError:
        facts, name = self.items[0].get("ctx", {}), dotted(self.full)
        if self.type == "choice_unknown":
            what, mend = f"{name}: there is no kind {shown(facts['kind'])!r}", f"write {facts['nearest']}"
            return self._error("06", what, mend, self.document.place((*self.full, "kind")))
        what = f"{name} is {_seen(self.items[0]['input'])}, where {{kind: ...}} is needed"
        return self._error("07", what, f"add a kind, one of: {facts['known']}")

    def _refused(self) -> RecipeError:
        message = re.sub(r"^(Value error|Assertion failed), ", "", self.items[0]["msg"])
        name = f"{dotted(self.full)}: " if self.full else ""
        return self._error("15", f"{name}{message}", "")

    def _value(self) -> RecipeError:
        seen: Plain = self.items[0]["input"]
        allowed = " or ".join(dict.fromkeys(_allowed(item) for item in self.items))
        types = {item["type"] for item in self.items}
        number = "14" if "literal_error" in types else "13" if types & _BOUNDS.keys() else "12"
        what = f"{dotted(self.full)} is {_seen(seen)}; allowed: {allowed}"
        return self._error(number, what, _mend(seen, self.items, allowed))

    def _section(self) -> str:
        return f" in {dotted(self.full[:-1])}" if self.full[:-1] else ""

    def _error(self, number: str, what: str, mend: str, place: Place | None = None) -> RecipeError:
        return RecipeError(f"E-RECIPE-{number}", what, mend=mend, place=place or self.document.place(self.full))


def _meant(model: type[Config], values: Plain, path: Path) -> Path | None:
    """The path that an unknown key was most likely meant to be."""
    config = config_at(model, values, path[:-1])
    close = closest(str(path[-1]), tuple(config.model_fields)) if config else None
    return (*path[:-1], close) if close else None


def _walked(values: Plain, item: ErrorDetails) -> Path:
    """The path of an error in the document; the tags of unions in pydantic's location are passed over."""
    path: Path = ()
    for part in item["loc"]:
        if isinstance(values, dict) and part in values:
            values = values[str(part)]
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            continue
        path = (*path, part)
    return (*path, item["loc"][-1]) if item["type"] == "missing" else path


def _allowed(item: ErrorDetails) -> str:
    kind, facts = item["type"], item.get("ctx", {})
    if kind == "literal_error":
        return str(facts["expected"])
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**facts)
    return _TYPES.get(kind, item["msg"])


def _mend(seen: Plain, items: Sequence[ErrorDetails], allowed: str) -> str:
    types = {item["type"] for item in items}
    known = tuple(word for item in items for word in re.findall(r"'([^']*)'", _literals(item)))
    if isinstance(seen, str):
        if types & _NUMBERS and _is_number(seen):
            return f"write {seen} without quotes"
        if "bool_type" in types and seen.lower() in _TRUTHS:
            return f"write {_TRUTHS[seen.lower()]}"
        if closest(seen, known):
            return f"write {nearest(seen, known)}"
    if types == {"string_type"} and isinstance(seen, bool | int | float):
        return f'write "{_seen(seen)}", in quotes'
    if types & {"tuple_type", "list_type"} and not isinstance(seen, dict | None):
        return f"write [{shown(seen)}]"
    return f"write {allowed}"


def _literals(item: ErrorDetails) -> str:
    return str(item["ctx"]["expected"]) if item["type"] == "literal_error" else ""


def _is_number(text: str) -> bool:
    try:
        return isinstance(resolve(text), int | float) and not isinstance(resolve(text), bool)
    except ValueError:
        return False


def _seen(value: Any) -> str:  # noqa: ANN401  # whatever stood in the file
    if isinstance(value, str):
        return f"{shown(value)!r} (text)"
    if isinstance(value, dict):
        return f"a mapping with the keys {shown(', '.join(value))}" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return (
        {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else repr(value)
    )


def _value(values: Plain, path: Path) -> Plain:
    for part in path:
        values = values[part]  # type: ignore[index]  # the caller names a section that is there
    return values


def _same(one: Path, other: Path) -> int:
    """How many leading parts two paths share."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _order(place: Place | None, document: Document) -> tuple[bool, int, int]:
    assert place is not None
    return (place.file != document.file, place.line, place.column)
