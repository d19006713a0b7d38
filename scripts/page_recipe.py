"""docs/recipe.md: every key of a recipe, from the classes that validate it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from seqweave.core.configuration import Choice, Config
from seqweave.core.docstrings import meanings
from seqweave.core.registry import Registry
from seqweave.data.configuration import DataConfig
from seqweave.data.formats.contract import FORMATS
from seqweave.data.tokenizers.contract import TOKENIZERS
from seqweave.decoding.contract import SEARCHES
from seqweave.layers.contracts import EMBEDDERS, ENCODERS, HEADS
from seqweave.layers.generation import DECODERS, OUTPUTS
from seqweave.layers.pointing import POINTERS
from seqweave.layers.reading import READERS
from seqweave.layers.words import SOFTMAXES
from seqweave.models.contract import MODELS
from seqweave.recipes.recipe import Recipe
from seqweave.tasks.contract import TASKS
from seqweave.training.averages.contract import AVERAGES
from seqweave.training.configuration import TrainingConfig
from seqweave.training.optimizers.contract import OPTIMIZERS
from seqweave.training.schedules.contract import SCHEDULES
from tables import table

HEAD = """# The recipe, key by key

A recipe is one YAML 1.2 file of at most 256 kB, without tags, anchors or duplicate keys. Unknown keys are refused, and
no value is turned into another type. Paths are relative to the recipe. `-o a.b=c` lays a value over it, `seqweave check
RECIPE --show` prints every final value and where it came from, and `seqweave info encoders` shows a family on the
terminal. A family is a choice: a mapping with the `kind` and its settings.
"""
FAMILIES = {
    EMBEDDERS: "what a network is told of each token",
    ENCODERS: "vectors to states that know their neighbours",
    HEADS: "states to scores and answers",
    DECODERS: "tokens written so far to a state for the next one",
    OUTPUTS: "a decoder's states to words, and their loss",
    SOFTMAXES: "states to the probability of every token of a vocabulary",
    POINTERS: "words of the text itself that may come next",
    READERS: "tokens to their meaning where they stand, taught by plain text",
    SEARCHES: "what is written, of all that could be",
    TOKENIZERS: "raw text to tokens",
    OPTIMIZERS: "gradients to steps",
    AVERAGES: "which weights are evaluated and saved",
    SCHEDULES: "how the learning rate changes",
}
NAMES = {int: "whole number", float: "number", str: "text", bool: "true or false", NoneType: "nothing"}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "max_length": "length ≤"}


def page() -> str:
    """The page, for every kind that is registered."""
    parts = [HEAD, *section("The whole file", Recipe, level=2)]
    parts += section("`data:` of every task", DataConfig, level=2)
    for kind, config in TASKS:
        parts += section(f"`data:` of `task: {kind}`, besides", config, level=3, without=DataConfig)
    for kind, config in MODELS:
        parts += section(f"`model: {{kind: {kind}}}`", config, level=2)
    parts += section("`training:`", TrainingConfig, level=2)
    for registry, what in FAMILIES.items():
        parts.append(f"## Family: {registry.family}\n\n{what[0].upper()}{what[1:]}.\n")
        for kind, config in registry:
            parts += section(f"`{{kind: {kind}}}`", config, level=3)
    parts.append("## Formats\n\nFor `data.format`; their settings stand in `data:`.\n")
    parts.append(table(["format", "what it is"], [[f"`{kind}`", about(config)] for kind, config in FORMATS]))
    parts.append("## Mappings inside of others\n")
    for config in nested():
        parts += section(f"{config.__name__}", config, level=3)
    return "\n".join(parts)


def section(title: str, config: type[BaseModel], level: int, without: type[BaseModel] | None = None) -> Iterator[str]:
    """A heading, what the class is, and a table of its keys."""
    yield f"{'#' * level} {title}\n\n{about(config)}\n"
    known = without.model_fields if without else {}
    rows = [row(config, key) for key in config.model_fields if key not in known]
    yield table(["key", "values", "default", "meaning"], rows) if rows else "No settings.\n"


def about(config: type) -> str:
    """The first paragraph of a class's docstring, as one line."""
    return " ".join((inspect.getdoc(config) or "").split("\n\n")[0].split())


def row(config: type[BaseModel], key: str) -> list[str]:
    """The cells of a key."""
    field = config.model_fields[key]
    return [f"`{key}`", values(field.annotation, tuple(field.metadata)), default(field), meanings(config)[key]]


def values(annotation: Any, metadata: tuple[object, ...] = ()) -> str:  # noqa: ANN401  # any annotation
    """What may be written, in words, with its bounds."""
    choice = next((item for item in metadata if isinstance(item, Choice)), None)
    if choice is not None:
        return f"one of the {choice.registry.family}"
    words = plain(annotation)
    limits = ", ".join(bounds(metadata))
    return f"{words}, {limits}" if limits else words


def plain(annotation: Any) -> str:  # noqa: ANN401  # any annotation
    """An annotation without its own metadata, in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(inner[0], tuple(unfolded(inner[1:])))
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(plain(one) for one in inner))
    if origin is tuple:
        return f"list of: {plain(inner[0])}"
    if origin in (dict, Mapping):
        return f"mapping of {plain(inner[0])} to {plain(inner[1])}"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return (
            "[below](#training)"
            if annotation is TrainingConfig
            else f"[{annotation.__name__}](#{annotation.__name__.lower()})"
        )
    return NAMES[annotation]


def unfolded(metadata: tuple[object, ...]) -> Iterator[object]:
    """Metadata with that of pydantic's `Field(...)` taken out of it."""
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else [item]


def bounds(metadata: tuple[object, ...]) -> Iterator[str]:
    """The limits among metadata: `≥ 1`, `length ≤ 1` ..."""
    for item in metadata:
        if isinstance(item, annotated_types.BaseMetadata):
            for name, sign in SIGNS.items():
                limit = getattr(item, name, None)
                if limit is not None:
                    yield f"{sign} {'2^63' if limit == 2**63 else limit}"


def default(field: FieldInfo) -> str:
    """What stands where nothing is written; a dash where something must be."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, Config):
        changed = "".join(f", {key}: {item}" for key, item in value.dump().items() if key != "kind")
        return f"`{{kind: {value.kind}{changed}}}`" if value.kind else "its own defaults"
    if isinstance(value, BaseModel):
        return "its own defaults"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | dict):
        return f"`{', '.join(map(str, value))}`" if value else "none"
    return "nothing" if value is None else f"`{value}`"


def nested() -> list[type[BaseModel]]:
    """The classes of mappings that stand inside of others without a `kind`, by name."""
    waiting: list[type[BaseModel]] = [Recipe, TrainingConfig, *(c for r in registries() for _, c in r)]
    found: dict[str, type[BaseModel]] = {}
    while waiting:
        for field in waiting.pop().model_fields.values():
            for inner in classes(field.annotation):
                top = inner in (Recipe, TrainingConfig) or inspect.isabstract(inner)
                if not top and inner.__name__ not in found:
                    found[inner.__name__] = inner
                    waiting.append(inner)
    return [found[name] for name in sorted(found)]


def registries() -> tuple[Registry, ...]:
    """Every family whose settings stand in a recipe."""
    return (*FAMILIES, TASKS, MODELS)


def classes(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401  # any annotation
    """The settings classes that an annotation names."""
    if inspect.isclass(annotation) and not get_args(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from classes(inner)
