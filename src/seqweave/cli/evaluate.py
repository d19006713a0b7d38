"""`seqweave evaluate`: the official scores of a run on a file, with intervals; or its certificate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqweave.cli.options import Json, Run
from seqweave.core.errors import CommandError, InternalError

if TYPE_CHECKING:
    from seqweave.recipes.certificate import Certificate


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="evaluate")(evaluate)


def evaluate(
    run: Run,
    data: Annotated[
        Path | None, typer.Option("--data", help="A file with gold, of the format the run was trained on.")
    ] = None,
    format: Annotated[str | None, typer.Option("--format", help="The file's format, where it differs.")] = None,  # noqa: A002  # the option's name
    certify: Annotated[
        bool,
        typer.Option(
            "--certify",
            help="In place of scores: try on the file, or else on the run's dev data, that batches, order, padding, "
            "threads and copies change no answer.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Score a run on a file, beside trivial baselines.

    The task's official scores, with bootstrap intervals.
    """
    if certify:
        _certify(run, data, format, json)
        return
    if data is None:
        raise CommandError("E-CLI-09", "evaluate needs a file with gold", mend="add --data FILE, or --certify")
    from seqweave.cli.tables import print_json, print_scores
    from seqweave.recipes.evaluation import evaluate_file
    from seqweave.recipes.seeds import SeedsFolder

    if SeedsFolder.stands_at(run):
        _evaluate_seeds(run, data, format, json)
        return
    found = evaluate_file(run, data, format)
    for notice in found.notices:
        print(f"warning: {notice}", file=sys.stderr)
    result = found.to_json()
    if json:
        print_json(result)
    else:
        print_scores(result)


def _certify(run: Path, data: Path | None, format_name: str | None, json: bool) -> None:
    """Try the model, show its certificate, and end with an error where it does not hold."""
    from seqweave.cli.tables import print_json
    from seqweave.recipes.certificate import certified

    certificate, changed = certified(run, data, format_name)
    if json:
        print_json({"holds": certificate.holds, **certificate.dump()})
    else:
        _show(certificate)
    if certificate.holds:
        return
    first = f" (first at {', '.join(map(str, changed))})" if changed else ""
    mend = "report it with the recipe and the table of trials"
    failure = InternalError("E-CERTIFY-03", f"answers depend on more than their text{first}", mend=mend)
    # Not raised: standard output already holds its one object.
    print(failure, file=sys.stderr)
    raise typer.Exit(failure.exit_code)


def _show(certificate: Certificate) -> None:
    """What was tried, by number format, and what it did to the answers."""
    from seqweave.cli.tables import print_table

    columns = ["tried", "changed", "near ties", "largest difference", "holds"]
    for number_format, trials in certificate.trials.items():
        rows = [
            (
                name,
                f"{trial.changed:,}",
                f"{trial.near_ties:,}",
                "not finite" if trial.largest_difference is None else f"{trial.largest_difference:.1e}",
                "yes" if trial.holds else "no",
            )
            for name, trial in trials.items()
        ]
        title = f"{number_format}: {certificate.examples:,} of {certificate.examples_in_all:,} examples"
        print_table(title, columns, rows)


def _evaluate_seeds(path: Path, data: Path, format_name: str | None, json: bool) -> None:
    """Every seed of a folder, with mean and spread."""
    from seqweave.cli.tables import print_json, print_spreads
    from seqweave.recipes.seeds import SeedsFolder, evaluate_seeds

    result = evaluate_seeds(SeedsFolder.open(path), data, format_name)
    if json:
        print_json(result)
    else:
        print_spreads(f"{result['data']}: {result['examples']:,} examples", result["seeds"], result["scores"])
