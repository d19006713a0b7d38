"""The JSON Schema of a config class, by which an editor completes and checks a recipe."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import CoreRef, GenerateJsonSchema, JsonRef, JsonSchemaValue
from pydantic_core import core_schema

from seqweave.core.configuration import Choice, Config
from seqweave.core.docstrings import meanings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(model: type[Config]) -> dict[str, Any]:
    """The schema (draft 2020-12) of what validates as `model`; descriptions are the docstrings."""
    return {"$schema": DIALECT, **model.model_json_schema(schema_generator=_Generator)}


class _Generator(GenerateJsonSchema):
    """Knows what a Choice accepts: any of its configs with the `kind`, each defined once however they nest."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        for key, text in meanings(model).items():
            if key in found.get("properties", {}):
                found["properties"][key]["description"] = text
        return found

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        choice = schema.get("metadata", {}).get("choice")
        if not isinstance(choice, Choice):
            return super().function_plain_schema(schema)
        return {"oneOf": [self._chosen(kind, config) for kind, config in choice.configs().items()]}

    def _chosen(self, kind: str, config: type[Config]) -> JsonSchemaValue:
        name = f"{config.__module__}.{config.__qualname__}.{kind}:{id(config)}"
        definition, reference = self.get_cache_defs_ref_schema(CoreRef(name))
        if definition not in self.definitions:
            self.definitions[definition] = {}  # entered first: the config may hold a Choice that leads back here
            body = dict(self.generate_inner(config.__pydantic_core_schema__))
            if "$ref" in body:
                body = dict(self.get_schema_from_definitions(JsonRef(body["$ref"])) or {})
            body["properties"] = {"kind": {"const": kind, "type": "string"}, **body.get("properties", {})}
            body["required"] = ["kind", *body.get("required", [])]
            self.definitions[definition] = body
        return reference
