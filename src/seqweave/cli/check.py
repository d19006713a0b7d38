"""`seqweave check`: everything that can be wrong, and what the training will cost, before any training."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from seqweave.cli.options import Json, Overrides

LABELS_SHOWN = 20
PLACES_SHOWN = 5


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="check")(check)


def check(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe file.", show_default=False)],
    override: Overrides = None,
    show: Annotated[bool, typer.Option("--show", help="Print each final value and where it came from.")] = False,
    json: Json = False,
) -> None:
    """Read all data and validate everything; predict time and memory."""
    from seqweave.recipes.start import document

    written = document(recipe, override or ())  # before torch is imported: most mistakes are seen here
    from seqweave.cli.tables import print_json
    from seqweave.core.provenance import provenance
    from seqweave.recipes.checking import check as examine
    from seqweave.recipes.folder import located
    from seqweave.recipes.recipe import read

    validated = read(written)
    settings = [(one.key, one.value, one.origin) for one in provenance(validated, written)] if show else []
    if show and not json:
        _print_settings(settings)
    with written.blamed():
        report = examine(read(located(written, recipe.parent)), recipe.parent)
    if json:
        print_json({**report, "settings": [dict(zip(("key", "value", "from"), one, strict=True)) for one in settings]})
        return
    _print(report)
    print(f"ready: {_command(recipe, override or ())}", file=sys.stderr)


def _command(recipe: Path, overrides: Sequence[str]) -> str:
    import shlex

    return shlex.join(["seqweave", "train", str(recipe), *(word for one in overrides for word in ("-o", one))])


def _print_settings(settings: Sequence[tuple[str, Any, str]]) -> None:
    from seqweave.cli.tables import plain_value, print_table

    rows = [(key, plain_value(value), origin) for key, value, origin in settings]
    print_table("settings", ["key", "value", "from"], rows, text=3)


def _print(report: Mapping[str, Any]) -> None:
    from seqweave.cli.tables import print_table

    columns = ["part", "examples", "tokens", "mean length", "95 % up to", "longest", "unknown words"]
    rows = [(part, *_part(facts, part)) for part, facts in report["parts"].items()]
    rows += [(f"{part}, targets", *_part(facts, part)) for part, facts in report["targets"].items()]
    print_table("data", columns, rows)
    if labels := list(report["labels"].items()):
        more = f" (the {LABELS_SHOWN} most frequent of {len(labels)})" if len(labels) > LABELS_SHOWN else ""
        counts = [(label, *(f"{count:,}" for count in parts.values())) for label, parts in labels[:LABELS_SHOWN]]
        print_table(f"labels{more}", ["label", *report["parts"]], counts)
    _print_files(report["files"])
    blocks = [(block, f"{count:,}") for block, count in report["parameters"].items()]
    print_table("network", ["block", "parameters"], blocks)
    _print_findings(report["findings"], report["looked_at"])
    if report["contextual"]:
        print(_borrowed(report["contextual"]))
    print(_cost(report["forecast"]))


def _part(facts: Mapping[str, Any], part: str) -> tuple[str, ...]:
    unknown = "" if part == "train" else f"{facts['unknown_percent']:.1f} %"
    numbers = (f"{facts[name]:,}" for name in ("examples", "tokens", "mean_length", "long_length", "longest"))
    return (*numbers, unknown)


def _print_files(files: Sequence[Mapping[str, Any]]) -> None:
    """The receipt: what became of every line."""
    from seqweave.cli.tables import print_table

    kinds = sorted({kind for file in files for kind in file} - {"file", "lines", "used"})
    columns = ["file", "lines", "used", *kinds]
    rows = [(file["file"], *(f"{file.get(name, 0):,}" for name in columns[1:])) for file in files]
    print_table("receipt: what becomes of every line", columns, rows)


def _print_findings(findings: Sequence[Mapping[str, Any]], looked_at: Mapping[str, str]) -> None:
    """What is likely wrong, where, and the edit that mends it."""
    for search, examples in looked_at.items():
        print(f"looked for {search}: {examples}")
    for finding in findings:
        places = finding["places"]
        alone = len(places) == 1 and not places[0]["what"]
        print(f"warning: {places[0]['where'] + ': ' if alone else ''}{finding['what']} [{finding['code']}]")
        for place in () if alone else places[:PLACES_SHOWN]:
            print(f"  {place['where']}: {place['what']}")
        if not alone and finding["count"] > PLACES_SHOWN:
            print(f"  ... {finding['count'] - PLACES_SHOWN:,} more; --json names {len(places)}")
        if finding["mend"]:
            print(f"  how to mend: {finding['mend']}")


def _borrowed(facts: Mapping[str, Any]) -> str:
    kept = f"{_size(facts['cached_bytes'])} of states in the cache" if facts["cached_bytes"] else "none of it is cached"
    unknown = f"{facts['unknown_percent']:.2f} % of what it reads is unknown to it"
    return f"contextual: {facts['layers']} layers of {facts['dim']:,} from {facts['run']}; {unknown}; {kept}"


def _cost(forecast: Mapping[str, Any] | None) -> str:
    if forecast is None:
        return "estimate: this model is fitted in one go, in seconds"
    memory, disk = (_size(forecast[name]) for name in ("bytes", "disk_bytes"))
    epoch = f"{forecast['epoch_seconds']:.1f} s an epoch"
    return (
        f"estimate: {_clock(forecast['seconds'])} for all {forecast['steps']:,} steps on this machine as busy as it is "
        f"now ({epoch}), {memory} of memory, {disk} of disk"
    )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes > 1e8 else f"{size_bytes / 1e6:.1f} MB"
