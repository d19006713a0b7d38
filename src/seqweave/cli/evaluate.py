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

    result = evaluate_file(run, data, format).to_json()
    if json:
        print_json(result)
    else:
        print_scores(result)
