"""`seqweave evaluate`: the official scores of a run on a file, with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqweave.cli.options import Json, Run


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="evaluate")(evaluate)


def evaluate(
    run: Run,
    data: Annotated[Path, typer.Option("--data", help="A file with gold, of the format the run was trained on.")],
    format: Annotated[str | None, typer.Option("--format", help="The file's format, where it differs.")] = None,  # noqa: A002  # the option's name
    json: Json = False,
) -> None:
    """Score a run on a file: the task's official scores with bootstrap intervals, beside trivial baselines."""
    from seqweave.cli.tables import print_json, print_scores
    from seqweave.recipes.evaluation import evaluate_file
    from seqweave.recipes.seeds import SeedsFolder

    if SeedsFolder.stands_at(run):
        _evaluate_seeds(run, data, format, json)
        return
    result = evaluate_file(run, data, format).to_json()
    if json:
        print_json(result)
    else:
        print_scores(result)


def _evaluate_seeds(path: Path, data: Path, format_name: str | None, json: bool) -> None:
    """Every seed of a folder, with mean and spread."""
    from seqweave.cli.tables import print_json, print_spreads
    from seqweave.recipes.seeds import SeedsFolder, evaluate_seeds

    result = evaluate_seeds(SeedsFolder.open(path), data, format_name)
    if json:
        print_json(result)
    else:
        print_spreads(f"{result['data']}: {result['examples']:,} examples", result["seeds"], result["scores"])
