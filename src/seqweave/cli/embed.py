"""`seqweave embed`: texts to vectors, of their tokens or one of each line."""

from __future__ import annotations

import sys
from enum import StrEnum
from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from seqweave.cli.inputs import STANDARD, examples_of, require_other, warn
from seqweave.cli.options import Json, Run
from seqweave.core.errors import CommandError


class Of(StrEnum):
    """What has a vector."""

    TOKENS = "tokens"
    LINES = "lines"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="embed")(embed)


def embed(
    run: Run,
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="One text a line; - is standard input.", show_default=False)
    ],
    output: Annotated[
        Path, typer.Option("--output", help="A .npy, .safetensors or .txt file; - prints JSON lines.")
    ] = STANDARD,
    of: Annotated[Of, typer.Option(help="A vector of each token, or one of each line, their mean.")] = Of.TOKENS,
    format: Annotated[str | None, typer.Option("--format", help="Read FILE as a file of this format.")] = None,  # noqa: A002  # the option's name
    tokens: Annotated[bool, typer.Option("--tokens", help="Spaces part ready tokens.")] = False,
    json: Json = False,
) -> None:
    """Write vectors of tokens where they stand, or of whole lines."""
    if format and (source == STANDARD or tokens):
        what = f"--format {format} says how to read a file, and goes with neither - nor --tokens"
        raise CommandError("E-EMBED-03", what, mend=f"seqweave embed RUN FILE --format {format}")
    require_other(source, output)
    from seqweave.recipes.embedding import embedded, shown, write
    from seqweave.recipes.predictor import Predictor

    predictor = Predictor.load(run)
    examples = predictor.examples(source, format) if format else examples_of(predictor, source, tokens)
    found = embedded(predictor.trained, examples, of.value, warn)
    if output == STANDARD:
        for one in found:
            print(dumps(shown(one, of.value), ensure_ascii=False, allow_nan=False))
        return
    done = write(found, output, of.value)
    if json:
        print(dumps(done, ensure_ascii=False))
        return
    print(f"written: {done['output']}   {done['vectors']:,} vectors of {done['dim']:,}", file=sys.stderr)
