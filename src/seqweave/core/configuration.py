"""Frozen, validated configuration objects: the config is the factory of what it describes.

A field that may hold one of several architectures is declared as `Annotated[EncoderConfig, Choice(ENCODERS)]`; in a
file it is a mapping with a `kind`. Validation, JSON Schema and dumping all go through pydantic.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from seqweave.core.registry import Registry, nearest


class Config(BaseModel):
    """A frozen settings object; unknown keys are refused, and no value is turned into another type.

    Strict: "200" and true are no integers. Lists become tuples, so several values are declared as `tuple[...]`.
    Every field is followed by a docstring with its meaning, unit and bounds: they are the recipe reference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    kind: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _lists_to_tuples(cls, values: object) -> object:
        return {key: _frozen(value) for key, value in values.items()} if isinstance(values, dict) else values

    def dump(self) -> dict[str, Any]:
        """Plain values that validate back to an equal object (a chosen config carries its `kind`)."""
        return self.model_dump(mode="json")


class Choice:
    """Annotation of a field that holds one config of a registry, told apart by `kind`.

    The kinds are looked up at validation, not when the class is made: a registry may hold configs that nest its own.

    Args:
        registry: where the kinds are looked up.
        family: only configs that inherit from this class are allowed.
    """

    def __init__(self, registry: Registry, family: type[Config] = Config) -> None:
        self.registry, self.family = registry, family

    def configs(self) -> dict[str, type[Config]]:
        """The allowed config classes by kind."""
        return {kind: config for kind, config in self.registry if issubclass(config, self.family)}

    def choose(self, value: object) -> Config:
        """The config that `value` describes: a config of the family, or a mapping with a `kind`."""
        if isinstance(value, self.family):
            return value
        if not isinstance(value, dict):
            raise PydanticCustomError("choice_type", "a mapping with a 'kind' is needed: one of {known}", self._known())
        if "kind" not in value:
            raise PydanticCustomError("choice_missing", "the key 'kind' is missing: one of {known}", self._known())
        kind = value["kind"]
        config = self.registry[kind] if isinstance(kind, str) and kind in self.registry else None
        if config is None or not issubclass(config, self.family):
            facts = {"kind": str(kind), "nearest": nearest(str(kind), tuple(self.configs()))}
            raise PydanticCustomError("choice_unknown", "there is no kind '{kind}'; use {nearest}", facts)
        return config.model_validate({key: item for key, item in value.items() if key != "kind"})

    def _known(self) -> dict[str, Any]:
        return {"known": ", ".join(self.configs())}

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.choose,
            serialization=core_schema.plain_serializer_function_ser_schema(_dump_chosen),
            metadata={"choice": self},
        )


def _frozen(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value


def _dump_chosen(config: Config) -> dict[str, Any]:
    return {"kind": config.kind, **config.dump()}
