"""Frozen, validated configuration objects: the config is the factory of what it describes.

A field that may hold one of several architectures is declared as `Annotated[EncoderConfig, Choice(ENCODERS)]`; in a
file it is a mapping with a `kind`. Validation, JSON Schema and dumping all go through pydantic.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from seqweave.core.registry import Registry, nearest


class Config(BaseModel):
    """A frozen settings object; unknown keys are refused, numbers are not taken from strings.

    Every field carries its meaning, unit and bounds in `Field(description=...)`: they are the recipe reference.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, allow_inf_nan=False, use_attribute_docstrings=True
    )
    kind: ClassVar[str] = ""

    def dump(self) -> dict[str, Any]:
        """Plain values that validate back to an equal object (a chosen config carries its `kind`)."""
        return self.model_dump(mode="json")


class Choice:
    """Annotation of a field that holds one config of a registry, told apart by `kind`.

    Args:
        registry: where the kinds are looked up, when the schema is built.
        family: only configs that inherit from this class are allowed.
    """

    def __init__(self, registry: Registry, family: type[Config] = Config) -> None:
        self.registry, self.family = registry, family

    def configs(self) -> dict[str, type[Config]]:
        """The allowed config classes by kind."""
        return {kind: config for kind, config in self.registry if issubclass(config, self.family)}

    def _choose(self, value: Any) -> Config:
        if isinstance(value, self.family):
            return value
        kinds = tuple(self.configs())
        if not isinstance(value, dict):
            raise PydanticCustomError(
                "choice_type", "a mapping with a 'kind' is needed: one of {known}", {"known": ", ".join(kinds)}
            )
        kind = value.get("kind")
        if kind is None:
            raise PydanticCustomError(
                "choice_missing", "the key 'kind' is missing: one of {known}", {"known": ", ".join(kinds)}
            )
        if kind not in kinds:
            raise PydanticCustomError(
                "choice_unknown",
                "there is no kind '{kind}'; use {nearest}",
                {"kind": kind, "nearest": nearest(str(kind), kinds)},
            )
        return value  # type: ignore[no-any-return]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        branches = {
            kind: core_schema.no_info_before_validator_function(_without_kind, handler.generate_schema(config))
            for kind, config in self.configs().items()
        }
        tagged = core_schema.tagged_union_schema(branches, discriminator=_kind_of)
        return core_schema.no_info_before_validator_function(
            self._choose,
            tagged,
            serialization=core_schema.plain_serializer_function_ser_schema(_dump_chosen),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        options = []
        for kind, config in self.configs().items():
            body = dict(handler.resolve_ref_schema(handler(config.__pydantic_core_schema__)))
            body["properties"] = {"kind": {"const": kind}, **body.get("properties", {})}
            body["required"] = ["kind", *body.get("required", [])]
            options.append(body)
        return {"oneOf": options}


def _kind_of(value: Any) -> str:
    return str(value["kind"] if isinstance(value, dict) else value.kind)


def _without_kind(value: Any) -> Any:
    return {key: item for key, item in value.items() if key != "kind"} if isinstance(value, dict) else value


def _dump_chosen(config: Config) -> dict[str, Any]:
    return {"kind": config.kind, **config.model_dump(mode="json")}
