"""Values given on the command line, as in `-o model.encoder.hidden=300`, laid over a document.

Works on plain values alone: the resolved recipe can be written before any config class, or torch, is imported.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seqweave.core.errors import Place, ProblemsError, RecipeError, SeqweaveError, shown
from seqweave.core.nodes import Document, Path, Plain, parse_value


@dataclass(frozen=True, slots=True)
class Override:
    """One value to set.

    Args:
        path: keys, and positions counted from 0 where a list is meant.
        value: what to set there.
        place: how messages name it, such as `-o model.encoder.hidden`.
    """

    path: Path
    value: Plain
    place: Place


def parse_override(text: str) -> Override:
    """The override written as `a.b.0.c=value`; the value is read as in a recipe, brackets and braces too.

    Raises:
        RecipeError: E-RECIPE-16 without `=` or with an empty key, and what `nodes.parse_value` raises.
    """
    key, equals, value = text.partition("=")
    place = Place(f"-o {key.strip()}")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        what = f"{shown(text)!r} sets nothing"
        raise RecipeError("E-RECIPE-16", what, mend="write -o section.key=value", place=Place("-o"))
    return Override(tuple(int(part) if part.isdecimal() else part for part in parts), parse_value(value, place), place)


def apply(document: Document, overrides: Sequence[str]) -> Document:
    """The document with the overrides set in order, each value placed at its `-o`; missing sections are made.

    Raises:
        ProblemsError: all overrides that are malformed, or that lead through a value that is no section.
    """
    values, places = copy.deepcopy(document.values), dict(document.places)
    problems: list[SeqweaveError] = []
    for text in overrides:
        try:
            override = parse_override(text)
            _set(values, places, override)
        except RecipeError as error:
            problems.append(error)
    if problems:
        raise ProblemsError(problems)
    return Document(document.file, values, places)


def _set(values: dict[str, Plain], places: dict[Path, Place], override: Override) -> None:
    here: Any = values
    path: Path = ()
    for part in override.path[:-1]:
        section, key = _section(here, part, path, override)
        path = (*path, key)
        if section[key] is None:
            section[key] = {}
            places[path] = override.place
        here = section[key]
    section, key = _section(here, override.path[-1], path, override)
    section[key] = override.value
    path = (*path, key)
    for inner in [known for known in places if known[: len(path)] == path]:
        del places[inner]
    places[path] = override.place


def _section(here: Plain, part: str | int, path: Path, override: Override) -> tuple[Any, str | int]:
    """The mapping or list `here` with a place made for `part`, and the key as it is there: digits may be text."""
    if isinstance(here, dict):
        here.setdefault(str(part), None)
        return here, str(part)
    if isinstance(here, list) and isinstance(part, int) and part <= len(here):
        here.extend([None] * (part == len(here)))
        return here, part
    name = ".".join(map(str, path))
    if isinstance(here, list):
        what = f"{name} has no position {part!r}, but 0 to {len(here) - 1}"
        raise RecipeError("E-RECIPE-16", what, mend=f"use {len(here)} to add one", place=override.place)
    what = f"{name} is {shown(repr(here))}, which holds no keys"
    mend = f"give the whole section: -o {name}={{key: value}}"
    raise RecipeError("E-RECIPE-16", what, mend=mend, place=override.place)
