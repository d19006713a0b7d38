"""`seqweave compare`: several systems on the same examples."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from seqweave.cli.options import Json
from seqweave.core.numbers import decimal


class TestKind(StrEnum):
    """Where p-values come from."""

    BOOTSTRAP = "bootstrap"
    RANDOMISATION = "randomisation"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="compare")(compare)


def compare(
    systems: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Runs, folders of several seeds, models, or files that `predict` wrote; compared with the first.",
            show_default=False,
        ),
    ],
    data: Annotated[
        Path | None, typer.Option("--data", help="A file with gold; the runs' own test file where not given.")
    ] = None,
    format: Annotated[str | None, typer.Option("--format", help="The file's format, where it differs.")] = None,  # noqa: A002  # the option's name
    test: Annotated[TestKind, typer.Option(help="Where p-values come from.")] = TestKind.BOOTSTRAP,
    resamples: Annotated[int, typer.Option(min=100, help="Resamples, or shuffles.")] = 2000,
    output: Annotated[Path | None, typer.Option("--output", help="Also write a page for a browser.")] = None,
    json: Json = False,
) -> None:
    """Compare systems on the same examples, with intervals.

    Scores, their differences, and where the systems differ.
    """
    from seqweave.cli.tables import print_json
    from seqweave.insight.comparison.contest import Plan
    from seqweave.insight.comparison.plain import to_json
    from seqweave.recipes.comparison import compare_paths

    found = compare_paths(systems, data, format, Plan(test.value, resamples))
    if output:
        from seqweave.core.files import write_text
        from seqweave.insight.comparison.page import render

        write_text(output, render(found))
        print(f"written: {output}", file=sys.stderr)
    if json:
        print_json(to_json(found))
    else:
        _print(to_json(found))


def _print(told: Mapping[str, Any]) -> None:
    first, *others = (system["name"] for system in told["systems"])
    for metric, contest in told["scores"].items():
        lower = "" if contest["higher_is_better"] else " (lower is better)"
        _print_metric(f"{metric}{lower} on {told['data']}: {told['examples']:,} examples", contest, first)
    print("\n".join(told["scores"][told["metric"]]["sentences"]), end="\n\n")
    for kind in dict.fromkeys(part["by"] for part in told["slices"]):
        parts = [part for part in told["slices"] if part["by"] == kind]
        for other in others:
            _print_slices(f"{'F1' if kind == 'class' else told['metric']} by {kind}", parts, first, other)
    for note in told["notes"]:
        print(note, file=sys.stderr)


def _print_metric(title: str, contest: Mapping[str, Any], first: str) -> None:
    """All systems by one metric; the spread over seeds where there are several."""
    from seqweave.cli.tables import print_table

    digits, spread = contest["digits"], any("spread" in score for score in contest["systems"].values())
    rows = []
    for name, score in contest["systems"].items():
        value, low, high = (decimal(score[of], digits) for of in ("value", "low", "high"))
        row = [name, value, f"{low} to {high}"]
        row += [decimal(score["spread"], digits) if "spread" in score else "-"] if spread else []
        found = contest["differences"].get(name)
        row += _difference(found, digits) if found else ["", "", ""]
        rows.append(row)
    columns = ["system", "score", "95 % interval", *(["spread"] if spread else []), f"over {first}", "interval", ""]
    print_table(title, columns, rows)


def _print_slices(title: str, parts: Sequence[Mapping[str, Any]], first: str, other: str) -> None:
    """One system beside the first, part by part."""
    from seqweave.cli.tables import print_table

    rows = []
    for part in parts:
        digits = 1 if part["percent"] else part["digits"]
        scores = [decimal(part["systems"][name]["value"], digits) for name in (first, other)]
        rows.append((part["name"], f"{part['count']:,}", *scores, *_difference(part["differences"][other], digits)))
    print_table(title, ["", parts[0]["unit"], first, other, "over", "95 % interval", ""], rows)


def _difference(found: Mapping[str, Any], digits: int) -> list[str]:
    """A difference, its interval, and the verdict where there is one."""
    value, low, high = (decimal(found[name], digits, "+") for name in ("value", "low", "high"))
    return [value, f"{low} to {high}", found["verdict"].replace("undecided", "")]
