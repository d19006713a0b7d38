"""`seqweave train`: a recipe becomes a run, or several; or a run goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqweave.cli.options import Json, Overrides, Seeds, Threads, seeds_of
from seqweave.core.errors import CommandError

if TYPE_CHECKING:
    from seqweave.recipes.folder import RunFolder


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="train")(train)


def train(
    recipe: Annotated[
        Path | None, typer.Argument(metavar="RECIPE", help="The recipe file.", show_default=False)
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="Run folder; runs/NAME where not given.")] = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="Go on with this run.")] = None,
    override: Overrides = None,
    devices: Annotated[int, typer.Option(min=1, help="Processes on this machine that share the work.")] = 1,
    threads: Threads = None,
    seeds: Seeds = "",
    json: Json = False,
) -> None:
    """Train a recipe into a run folder, or go on with a stopped run."""
    if (recipe is None) == (resume is None):
        raise CommandError("E-CLI-01", "train needs either a recipe or --resume RUN", mend="seqweave train RECIPE")
    if resume:
        _require_same(resume, override or ())
    folder, several = resume or run or _free(recipe), seeds_of(seeds)
    _require_alone(several, resume, devices)
    if devices > 1 and "LOCAL_RANK" not in os.environ:
        raise typer.Exit(_relaunched(devices, [] if resume or run else ["--run", str(folder)]))
    if threads:
        os.environ["OMP_NUM_THREADS"] = str(threads)
    if several or _holds_seeds(folder):
        _train_seeds(recipe, folder, tuple(override or ()), several, json)
    else:
        _train(recipe, folder, tuple(override or ()), json)


def _require_alone(seeds: tuple[int, ...], resume: Path | None, devices: int) -> None:
    """Several seeds are trained one after another, by one process."""
    if not seeds:
        return
    if resume:
        mend = f"seqweave train --resume {resume}"
        raise CommandError("E-SEEDS-04", "a run that goes on keeps its seeds", mend=mend)
    if devices > 1 or "LOCAL_RANK" in os.environ:
        mend = "leave --devices out, or train each seed alone with -o training.seed=S"
        raise CommandError("E-SEEDS-05", "several seeds are trained by one process", mend=mend)


def _require_same(run: Path, overrides: Sequence[str]) -> None:
    """A run that goes on keeps its recipe."""
    from seqweave.recipes.account import require_same_recipe
    from seqweave.recipes.folder import RunFolder

    require_same_recipe(RunFolder.open(run), overrides)


def _holds_seeds(folder: Path) -> bool:
    from seqweave.recipes.seeds import SeedsFolder

    return SeedsFolder.stands_at(folder)


def _free(recipe: Path | None) -> Path:
    """runs/NAME, or under torchrun exactly that: each rank must find the same."""
    from seqweave.recipes.folder import RunFolder

    name = recipe.stem if recipe else ""
    return Path("runs") / name if "LOCAL_RANK" in os.environ else RunFolder.free(Path("runs"), name)


def _train(recipe: Path | None, folder: Path, overrides: tuple[str, ...], json: bool) -> None:
    from seqweave.cli.tables import print_json, print_scores
    from seqweave.core.console import open_console
    from seqweave.recipes.folder import RunFolder
    from seqweave.recipes.start import first_rank, resume, start

    finished = None
    with open_console() as show:
        if recipe:
            finished = start(recipe, folder, overrides, show)
        elif RunFolder(folder).complete:
            print(f"this run is finished: {folder}", file=sys.stderr)
        else:
            finished = resume(folder, show)
    if not first_rank():
        return
    scores = RunFolder.open(folder).read("scores.json")
    if json:
        print_json({"run": str(folder), **scores})
    else:
        for evaluation in scores.values():
            print_scores(evaluation)
        _say_next(RunFolder(folder))
    if finished and finished.unreported:
        raise typer.Exit(finished.unreported.exit_code)


def _train_seeds(
    recipe: Path | None, path: Path, overrides: tuple[str, ...], seeds: tuple[int, ...], json: bool
) -> None:
    from seqweave.cli.tables import print_json, print_spreads
    from seqweave.core.console import open_console
    from seqweave.recipes.seeds import SeedsFolder, resume_seeds, start_seeds

    with open_console() as show:
        if recipe:
            start_seeds(recipe, path, overrides, seeds, show)
        elif SeedsFolder.open(path).finished:
            print(f"all seeds are finished: {path}", file=sys.stderr)
        else:
            resume_seeds(SeedsFolder.open(path), show)
    folder = SeedsFolder.open(path)
    if json:
        print_json(folder.to_json())
        return
    for part, spreads in folder.spreads().items():
        print_spreads(part, folder.seeds, {name: spread.to_json() for name, spread in spreads.items()})
    print(f"next: seqweave compare {path} OTHER --data FILE", file=sys.stderr)


def _say_next(run: RunFolder) -> None:
    print(f"model {run.model}   report {run.report}", file=sys.stderr)
    print(f'next: seqweave predict {run.path} "a text"', file=sys.stderr)


def _relaunched(devices: int, more: list[str]) -> int:
    import subprocess

    from seqweave.training.devices import relaunch

    return relaunch(devices, ["-m", "seqweave", *sys.argv[1:], *more], subprocess.call)
