"""`seqweave info`: what is inside a run, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seqweave.cli.options import Json

REGISTRIES = {
    "embedders": ("seqweave.layers.contracts", "EMBEDDERS"),
    "encoders": ("seqweave.layers.contracts", "ENCODERS"),
    "features": ("seqweave.data.features.contract", "FEATURES"),
    "formats": ("seqweave.data.formats.contract", "FORMATS"),
    "heads": ("seqweave.layers.contracts", "HEADS"),
    "laboratories": ("seqweave.laboratory.contract", "LABORATORIES"),
    "models": ("seqweave.models.contract", "MODELS"),
    "optimizers": ("seqweave.training.optimizers.contract", "OPTIMIZERS"),
    "schedules": ("seqweave.training.schedules.contract", "SCHEDULES"),
    "tasks": ("seqweave.tasks.contract", "TASKS"),
    "tokenizers": ("seqweave.data.tokenizers.contract", "TOKENIZERS"),
}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="info")(info)


def info(
    what: Annotated[str, typer.Argument(help=f"A run, or one of: {', '.join(REGISTRIES)}, recipes, machine.")],
    json: Json = False,
) -> None:
    """Show what is inside a run, or what there is to choose from."""
    from seqweave.cli.tables import print_json

    if what in REGISTRIES:
        described = _registry(what)
    elif what == "recipes":
        from seqweave.recipes.shipped import describe

        described = describe()
    elif what == "machine":
        from seqweave.recipes.machine import describe as measure

        described = measure()
    else:
        from seqweave.recipes.inside import describe as look

        described = look(Path(what))
    if json:
        print_json(described)
    else:
        _show(described)


def _registry(family: str) -> dict[str, Any]:
    """Every kind of a family: what it is, and its settings with their meaning and default."""
    import importlib
    import inspect

    module, name = REGISTRIES[family]
    kinds = {}
    for kind, config in getattr(importlib.import_module(module), name):
        fields = {
            key: {"default": str(field.get_default(call_default_factory=True)), "about": field.description or ""}
            for key, field in config.model_fields.items()
        }
        about = (inspect.getmodule(config).__doc__ or config.__doc__ or "").strip().split("\n\n")[0]
        kinds[kind] = {"about": " ".join(about.split()), "settings": fields}
    return {"family": family, "kinds": kinds}


def _show(described: Mapping[str, Any]) -> None:
    from seqweave.cli.tables import print_table

    if "kinds" in described:
        for kind, facts in described["kinds"].items():
            print(f"{kind}: {facts['about']}")
            rows = [
                (key, "" if f["default"] == "PydanticUndefined" else f["default"], f["about"])
                for key, f in facts["settings"].items()
            ]
            print_table("", ["setting", "default", "meaning"], rows)
        return
    for title, facts in described.items():
        rows = [(key, str(value)) for key, value in facts.items()] if isinstance(facts, Mapping) else [("", str(facts))]
        print_table(title, ["", ""], rows)
