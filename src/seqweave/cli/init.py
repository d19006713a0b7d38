"""`seqweave init`: a first recipe for files, with a reason for every value."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seqweave.cli.options import Force, Json, Language
from seqweave.core.errors import CommandError, Place


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="init")(init)


def init(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="What is asked: seqweave info tasks.", show_default=False)
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Data files; or which laboratory of the task.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="The recipe; standard output where not given.")
    ] = None,
    laboratory: Annotated[bool, typer.Option("--laboratory", help="Over generated data, in place of files.")] = False,
    language: Language = None,
    size: Annotated[
        int | None, typer.Option("--size", min=10, help="Training examples to generate; 2,000 where not given.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Look at files and write a commented recipe for them."""
    if (laboratory and len(files or []) > 1) or not (laboratory or files):
        mend = f"seqweave init {task} FILE..., or seqweave init {task} --laboratory --output lab.yaml"
        raise CommandError("E-CLI-05", "init needs either files or --laboratory", mend=mend)
    if size and not laboratory:
        mend = "leave --size out, or put --laboratory in the place of the files"
        raise CommandError("E-CLI-08", "--size is of data to generate, and there are files", mend=mend)
    if output and output.exists() and not force:
        mend = "choose another --output, or add --force to replace it"
        raise CommandError("E-INIT-08", "this recipe is there already", mend=mend, place=Place(str(output)))
    from seqweave.core.files import write_text
    from seqweave.recipes.guessing.draft import draft, require_task

    require_task(task)
    if laboratory:
        files = _generated(task, str(*files or ()), language.value if language else "", output, size)
    text = draft(task, files or [], output.parent if output else Path(), laboratory=laboratory)
    if output:
        write_text(output, text)
        print(f"written: {output}", file=sys.stderr)
        print(f"next: seqweave check {output}", file=sys.stderr)
    if json:
        from seqweave.cli.tables import print_json

        print_json({"output": str(output) if output else None, "recipe": text})
    elif output is None:
        print(text, end="")


def _generated(task: str, kind: str, language: str, output: Path | None, size: int | None) -> list[Path]:
    from seqweave.recipes.guessing.generated import generate

    if output is None:
        mend = f"seqweave init {task} --laboratory --output lab.yaml"
        raise CommandError("E-CLI-06", "--laboratory writes data files beside the recipe", mend=mend)
    return generate(task, language, output.with_name(f"{output.stem}-data"), size, kind=kind)
