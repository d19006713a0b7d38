"""`seqweave evaluate`: the official scores of a run on a file, with intervals; or its certificate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqweave.cli.options import Json, Others, Run, Steering
from seqweave.core.errors import CommandError, InternalError, Notice

if TYPE_CHECKING:
    from seqweave.recipes.certificate import Certificate
    from seqweave.recipes.search_errors import Sample

Certify = Annotated[
    bool,
    typer.Option(
        "--certify",
        help="In place of scores: try on the file, or else on the run's dev data, that batches, order, padding, "
        "threads and copies change no answer.",
    ),
]
SearchErrors = Annotated[
    bool,
    typer.Option(
        "--search-errors",
        help="Of translators, in place of scores: beams and exact search on the shortest sentences, and whether "
        "wrong answers are errors of the search or of the model.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="evaluate")(evaluate)


def evaluate(
    run: Run,
    data: Annotated[
        Path | None, typer.Option("--data", help="A file with gold, of the format the run was trained on.")
    ] = None,
    format: Annotated[str | None, typer.Option("--format", help="The file's format, where it differs.")] = None,  # noqa: A002  # the option's name
    certify: Certify = False,
    search_errors: SearchErrors = False,
    sentences: Annotated[int, typer.Option(min=1, help="With --search-errors: how many sentences.")] = 100,
    budget: Annotated[
        int, typer.Option(min=1, help="With --search-errors: hypotheses that exact search opens of each sentence.")
    ] = 10_000,
    override: Steering = None,
    others: Others = None,
    json: Json = False,
) -> None:
    """Score a run on a file, beside trivial baselines.

    The task's official scores, with bootstrap intervals.
    """
    from seqweave.recipes.seeds import SeedsFolder

    several = SeedsFolder.stands_at(run)
    if (override or others) and (certify or search_errors or several):
        what = "-o and --with say how texts are written, and go with neither --certify nor --search-errors nor seeds"
        raise CommandError("E-CLI-12", what, mend="seqweave evaluate RUN --data FILE with -o or --with alone")
    if certify:
        _certify(run, data, format, json)
        return
    if data is None:
        raise CommandError("E-CLI-09", "evaluate needs a file with gold", mend="add --data FILE, or --certify")
    if search_errors:
        from seqweave.recipes.search_errors import Sample

        _search_errors(run, data, format, Sample(sentences, budget), json)
        return
    from seqweave.cli.tables import print_json, print_scores
    from seqweave.recipes.evaluation import evaluate_file

    if several:
        _evaluate_seeds(run, data, format, json)
        return
    found = evaluate_file(run, data, format, override or (), others or ())
    for notice in found.notices:
        _warn(notice)
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


def _warn(notice: Notice) -> None:
    print(f"warning: {notice}", file=sys.stderr)


def _evaluate_seeds(path: Path, data: Path, format_name: str | None, json: bool) -> None:
    """Every seed of a folder, with mean and spread."""
    from seqweave.cli.tables import print_json, print_spreads
    from seqweave.recipes.seeds import SeedsFolder, evaluate_seeds

    result = evaluate_seeds(SeedsFolder.open(path), data, format_name, _warn)
    if json:
        print_json(result)
    else:
        print_spreads(f"{result['data']}: {result['examples']:,} examples", result["seeds"], result["scores"])


SEARCH_COLUMNS = {
    "search": "name",
    "score": "score",
    "search errors": "search_errors",
    "model errors": "model_errors",
    "right": "right",
    "BLEU": "bleu",
    "length": "length_ratio",
    "lower": "lower_than_narrower",
    "empty": "empty",
    "proven": "proven",
}


def _search_errors(run: Path, data: Path, format_name: str | None, sample: Sample, json: bool) -> None:
    """Search errors beside model errors, a table for each way of comparing texts."""
    from seqweave.cli.tables import print_json, print_table
    from seqweave.recipes.search_errors import search_errors

    found = search_errors(run, data, format_name, sample)
    if json:
        print_json(found)
        return
    for study in found["studies"]:
        told = {"none": "compared by log-probability", "length": "compared by log-probability a token"}
        how = told.get(study["normalise"], f"compared by {study['normalise']}")
        reference = study["references"]["score"]
        mean = "" if reference is None else f", references score {reference:.3f}"
        rows = [[_cell(one[key], key) for key in SEARCH_COLUMNS.values()] for one in study["searches"]]
        title = f"{found['data']}: {found['sentences']:,} of {found['sentences_in_all']:,} sentences, {how}{mean}"
        print_table(title, list(SEARCH_COLUMNS), rows)


def _cell(value: float | str, key: str) -> str:
    """A cell of the table of searches."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}" if key == "bleu" else f"{value:.3f}"
