"""Finds the config class that reads a mapping within a document, told from annotations and from the `kind`s written."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from seqweave.core.configuration import Choice, Config
from seqweave.core.nodes import Path


def config_at(model: type[Config], value: Any, path: Path) -> type[Config] | None:  # noqa: ANN401  # plain values
    """The class that reads the mapping at `path` of `value`, which `model` reads; None if that is no config."""
    specs: list[object] = [model]
    for part in path:
        specs = [inner for spec in specs for inner in _within(spec, value, part)]
        value = value[part]
    configs = (option for spec in specs for option in _options(spec, value))
    return next((config for config in configs if _is_config(config)), None)  # type: ignore[return-value]  # is_config


def _within(spec: object, value: object, part: str | int) -> Iterator[object]:
    """The annotations that may describe the value at `part` of what `spec` describes."""
    for option in _options(spec, value):
        if _is_config(option):
            field = option.model_fields.get(part)  # type: ignore[attr-defined]  # is_config
            if field is not None:
                yield from (*field.metadata, field.annotation)
        else:
            yield from get_args(option)


def _options(spec: object, value: object) -> Iterator[object]:
    """Unions and annotations taken apart, a Choice first: it knows more than the class that it annotates."""
    if isinstance(spec, Choice):
        kind = value.get("kind") if isinstance(value, dict) else None
        yield from (config for name, config in spec.configs().items() if name == kind)
    elif get_origin(spec) in (Annotated, Union, UnionType):
        for inner in sorted(get_args(spec), key=lambda inner: not isinstance(inner, Choice)):
            yield from _options(inner, value)
    else:
        yield spec


def _is_config(option: object) -> bool:
    return isinstance(option, type) and issubclass(option, Config)
