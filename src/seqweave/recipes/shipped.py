"""The ready recipes that come with the package, one for each published system; named after what they reproduce."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqweave.core.errors import CommandError
from seqweave.core.files import read_bytes
from seqweave.core.nodes import Document, parse
from seqweave.core.registry import nearest

FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Names of all shipped recipes, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def path_of(name: str) -> Path:
    """The file of a shipped recipe.

    Raises:
        CommandError: if there is none of this name.
    """
    if name not in names():
        mend = f"use {nearest(name, names())}"
        raise CommandError("E-CLI-03", f"there is no shipped recipe {name!r}", mend=mend)
    return FOLDER / f"{name}.yaml"


def shipped(name: str) -> Document:
    """A shipped recipe with the place of each value; a CommandError if there is none of this name."""
    path = path_of(name)
    return parse(read_bytes(path), path.name)


def describe() -> dict[str, Any]:
    """What every shipped recipe reproduces, as `seqweave info recipes` shows it."""
    return {"recipes": dict(_described())}


def _described() -> Iterator[tuple[str, dict[str, Any]]]:
    from seqweave.recipes.recipe import read

    for name in names():
        recipe = read(shipped(name))
        for row in recipe.published:
            facts = {"recipe": name, "system": row.system, "dataset": row.dataset, "metric": row.metric}
            yield row.name, {**facts, "published": row.value, "source": row.source}
