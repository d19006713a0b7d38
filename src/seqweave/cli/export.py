"""`seqweave export`: a trained model as a folder or one zip file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seqweave.cli.options import Force, Json, Run


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="export")(export)


def export(
    run: Run,
    output: Annotated[Path, typer.Option("--output", help="A folder, or a file that ends in .zip.")],
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a run's model to a folder or a zip.

    No paths, no example texts, no receipt.
    """
    from seqweave.cli.tables import print_json
    from seqweave.recipes.export import export as write

    done = write(run, output, force=force)
    if not done["finished"]:
        print("the run has not come to its end yet: this is its best model so far", file=sys.stderr)
    if json:
        print_json(done)
        return
    print(f"{done['output']}   {done['bytes']:,} bytes   weights sha256 {done['sha256'][:12]}…")
    print(f'next: seqweave predict {output} "a text"', file=sys.stderr)
