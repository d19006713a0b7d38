"""The JSON Schema of a recipe, by which an editor completes and checks it; the task says what `data` may hold."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import AliasChoices

from seqweave.core.configuration import Config
from seqweave.core.schema import json_schema
from seqweave.data.configuration import DataConfig
from seqweave.recipes.recipe import Recipe
from seqweave.tasks.contract import TASKS

Schema = dict[str, Any]


def recipe_schema() -> Schema:
    """The schema (draft 2020-12) of a recipe file."""
    schema = json_schema(Recipe)
    definitions, properties = schema["$defs"], schema["properties"]
    data = _by_kind(properties["data"], definitions)
    models = _by_kind(properties["model"], definitions)
    properties["task"] |= {"enum": list(TASKS.kinds())}
    schema["allOf"] = []
    for task in TASKS.kinds():
        config = TASKS[task]
        assert issubclass(config, DataConfig)
        _without_kind(definitions[data[task]], config)
        usual = f"{models[config.task_model]}.usual"
        definitions[usual] = _usual(definitions[models[config.task_model]])
        then = {"data": _reference(data[task]), "model": _models(models, config.task_model, usual)}
        condition = {"properties": {"task": {"const": task}}}
        schema["allOf"].append({"if": condition, "then": {"properties": then}})
    for key in ("data", "model"):
        properties[key] = {"type": "object", "description": properties[key].get("description", "")}
    return schema


def _by_kind(choice: Schema, definitions: Schema) -> dict[str, str]:
    """Names of the definitions that a choice refers to, by their kind."""
    names = [option["$ref"].rpartition("/")[2] for option in choice["oneOf"]]
    return {definitions[name]["properties"]["kind"]["const"]: name for name in names}


def _without_kind(definition: Schema, config: type[Config]) -> None:
    """The data of a task: its kind is the task itself; other names of its keys are known, too."""
    del definition["properties"]["kind"]
    definition["required"].remove("kind")
    for field in config.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            first, *others = map(str, field.validation_alias.choices)
            definition["properties"] |= dict.fromkeys(others, definition["properties"][first])


def _usual(definition: Schema) -> Schema:
    """The usual model of a task, whose kind may be left out."""
    usual = copy.deepcopy(definition)
    usual["required"].remove("kind")
    return usual


def _models(models: dict[str, str], usual_kind: str, usual: str) -> Schema:
    others = [_reference(name) for kind, name in models.items() if kind != usual_kind]
    return {"oneOf": [_reference(usual), *others]}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
