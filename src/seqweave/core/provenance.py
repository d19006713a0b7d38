"""Where each final value of a config came from, for `seqweave train --show`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seqweave.core.configuration import Config
from seqweave.core.nodes import Document, Path
from seqweave.core.validation import dotted

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One final value.

    Args:
        key: dotted, such as `model.embed.0.dim`.
        value: the plain value; a list of plain values is one setting.
        origin: `FILE:LINE:COLUMN`, `-o KEY`, or `default`.
    """

    key: str
    value: Any
    origin: str


def provenance(config: Config, document: Document, at: Path = ()) -> list[Setting]:
    """Every value of a config that was validated from section `at` of the document, in the config's order."""
    return [
        Setting(dotted(path), value, str(document.place(path)) if _written(document, path) else DEFAULT)
        for path, value in _leaves(config.dump(), at)
    ]


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401  # plain values
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for position, inner in enumerate(value):
            yield from _leaves(inner, (*path, position))
    else:
        yield path, value


def _written(document: Document, path: Path) -> bool:
    value: Any = document.values
    for part in path:
        known = isinstance(value, dict) and part in value
        if not known and not (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            return False
        value = value[part]
    return True
