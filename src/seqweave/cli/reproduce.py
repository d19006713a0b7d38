"""`seqweave reproduce`: a published number, and what is measured here."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from seqweave.cli.options import Json, Overrides, Seeds, Threads, seeds_of
from seqweave.core.numbers import decimal


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="reproduce")(reproduce)


def reproduce(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A shipped recipe (`seqweave info recipes`).")],
    data: Annotated[Path, typer.Option("--data", help="The folder of the data set's own files, .gz or plain.")],
    seeds: Seeds = "",
    output: Annotated[Path, typer.Option("--output", help="Where NAME.json is written.")] = Path("results"),
    override: Overrides = None,
    called: Annotated[str, typer.Option("--name", help="Name of the result, where overrides make it another.")] = "",
    keep: Annotated[
        Path | None, typer.Option("--keep", help="A new folder for the runs, which are deleted otherwise.")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Put these seeds to the result that is there.")] = False,
    threads: Threads = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be run.")] = False,
    json: Json = False,
) -> None:
    """Train a shipped recipe; print published beside measured."""
    if threads:
        os.environ["OMP_NUM_THREADS"] = str(threads)
    from seqweave.core.console import open_console
    from seqweave.recipes.more_seeds import require_addable, with_earlier
    from seqweave.recipes.reproduce import Reproduction, write
    from seqweave.recipes.reproduce import reproduce as run

    plan = replace(Reproduction.of(name, data, tuple(override or ()), seeds_of(seeds), called), keep=keep)
    if add:
        require_addable(plan.planned(), output)
    if dry_run:
        plan.document()
        print(f"would run: {plan.command}")
        return
    with open_console() as show:
        results = run(plan, show, lambda line: print(line, file=sys.stderr))
    if add:
        results = with_earlier(results, output)
    for path in write(results, output):
        print(f"written: {path}", file=sys.stderr)
    _print(results, json)


def _print(results: list[dict[str, Any]], json: bool) -> None:
    from seqweave.cli.tables import print_heading, print_json, print_table

    if json:
        print_json(results[0] if len(results) == 1 else {"results": results})
        return
    for result in results:
        published, measured = result["published"]["value"], result["measured"]
        low, high = measured["intervals"][0]
        resampled = f"(one run; test data resampled: {decimal(low)} to {decimal(high)})"
        spread = resampled if measured["spread"] is None else f"± {decimal(measured['spread'])}"
        shown = f"{decimal(measured['mean'])} {spread}"
        rows = [
            ("metric", result["metric"]),
            ("published", "-" if published is None else f"{published:.2f}"),
            ("measured", shown),
            ("baseline", f"{decimal(result['baseline']['value'])} ({result['baseline']['name']})"),
        ]
        print_heading(result["name"], result["system"])
        print_table("", ["", ""], rows, text=2)
