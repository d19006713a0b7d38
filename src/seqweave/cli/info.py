"""`seqweave info`: what is inside a run, and what there is to choose from."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqweave.cli.options import Json
from seqweave.cli.tables import plain_value
from seqweave.core.errors import MissingInputError, shown

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

REGISTRIES = {
    "averages": ("seqweave.training.averages.contract", "AVERAGES"),
    "decoders": ("seqweave.layers.generation", "DECODERS"),
    "embedders": ("seqweave.layers.contracts", "EMBEDDERS"),
    "encoders": ("seqweave.layers.contracts", "ENCODERS"),
    "features": ("seqweave.data.features.contract", "FEATURES"),
    "formats": ("seqweave.data.formats.contract", "FORMATS"),
    "heads": ("seqweave.layers.contracts", "HEADS"),
    "laboratories": ("seqweave.laboratory.contract", "LABORATORIES"),
    "models": ("seqweave.models.contract", "MODELS"),
    "optimizers": ("seqweave.training.optimizers.contract", "OPTIMIZERS"),
    "outputs": ("seqweave.layers.generation", "OUTPUTS"),
    "pointers": ("seqweave.layers.pointing", "POINTERS"),
    "readers": ("seqweave.layers.reading", "READERS"),
    "schedules": ("seqweave.training.schedules.contract", "SCHEDULES"),
    "searches": ("seqweave.decoding.contract", "SEARCHES"),
    "softmaxes": ("seqweave.layers.words", "SOFTMAXES"),
    "tasks": ("seqweave.tasks.contract", "TASKS"),
    "tokenizers": ("seqweave.data.tokenizers.contract", "TOKENIZERS"),
}
NAMES = (*REGISTRIES, "machine", "recipes", "schema")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="info")(info)


def info(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help=f"A run, or one of: {', '.join(NAMES)}.", show_default=False)
    ],
    json: Json = False,
) -> None:
    """Show what is inside a run, or what there is to choose from."""
    from seqweave.cli.tables import print_json

    described = _described(what)
    if json or what == "schema":
        print_json(described)
    elif "kinds" in described:
        _show_kinds(described["kinds"])
    elif what == "recipes":
        _show_recipes(described["recipes"])
    else:
        _show_facts(described)


def _described(what: str) -> Mapping[str, Any]:
    if what in REGISTRIES:
        return _registry(what)
    if what == "recipes":
        from seqweave.recipes.shipped import describe as shipped

        return shipped()
    if what == "machine":
        from seqweave.recipes.machine import describe as measured

        return measured()
    if what == "schema":
        from seqweave.recipes.schema import recipe_schema

        return recipe_schema()
    if not Path(what).exists():
        from seqweave.core.registry import nearest

        mend = f"name a run, or use {nearest(what, NAMES)}"
        raise MissingInputError("E-CLI-07", f"there is neither a run nor a list {shown(repr(what))}", mend=mend)
    from seqweave.recipes.seeds import SeedsFolder
    from seqweave.recipes.seeds import describe as several

    if SeedsFolder.stands_at(Path(what)):
        return several(SeedsFolder.open(Path(what)))
    from seqweave.recipes.inside import describe as inside

    return inside(Path(what))


def _registry(family: str) -> dict[str, Any]:
    """Every kind of a family: what it is, and its settings with their meaning and default."""
    import importlib
    import inspect

    from seqweave.core.docstrings import meanings

    module, name = REGISTRIES[family]
    kinds = {}
    for kind, config in getattr(importlib.import_module(module), name):
        fields = {
            key: {"default": None if field.is_required() else _plain(field), "about": meanings(config).get(key, "")}
            for key, field in config.model_fields.items()
        }
        required = [key for key, field in config.model_fields.items() if field.is_required()]
        about = (inspect.getmodule(config).__doc__ or config.__doc__ or "").strip().split("\n\n")[0]
        kinds[kind] = {"about": " ".join(about.split()), "settings": fields, "required": required}
    return {"family": family, "kinds": kinds}


def _plain(field: FieldInfo) -> Any:  # noqa: ANN401  # any plain value
    """The default of a setting as a recipe would write it."""
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(field.get_default(call_default_factory=True))


def _show_kinds(kinds: Mapping[str, Any]) -> None:
    from seqweave.cli.tables import print_heading, print_table

    for kind, facts in kinds.items():
        print_heading(kind, facts["about"])
        rows = [
            (
                key,
                "(needed)" if key in facts["required"] else plain_value(one["default"]),
                " ".join(one["about"].split()),
            )
            for key, one in facts["settings"].items()
        ]
        if rows:
            print_table("", ["setting", "default", "meaning"], rows, text=3)


def _show_recipes(recipes: Mapping[str, Any]) -> None:
    from seqweave.cli.tables import print_table

    rows = [
        (name, one["system"], one["dataset"], one["metric"], "-" if one["published"] is None else str(one["published"]))
        for name, one in recipes.items()
    ]
    print_table("", ["name", "system", "data set", "metric", "published"], rows, text=4)
    print("next: seqweave reproduce NAME --data DIR", file=sys.stderr)


def _show_facts(described: Mapping[str, Any]) -> None:
    from seqweave.cli.tables import print_table

    for title, facts in described.items():
        values = facts if isinstance(facts, Mapping) else {"": facts}
        number = all(isinstance(value, int | float) or value is None for value in values.values())
        print_table(
            title, ["", ""], [(key, plain_value(value)) for key, value in values.items()], text=1 if number else 2
        )
