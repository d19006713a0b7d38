"""`seqweave predict`: texts to answers, one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from seqweave.cli.options import Run
from seqweave.core.errors import CommandError

STANDARD = Path("-")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="predict")(predict)


def predict(
    run: Run,
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="Texts.", show_default=False)] = None,
    source: Annotated[
        Path | None, typer.Option("--input", help="A file of one text a line; - is standard input.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", help="Where answers go; - is standard output.")] = STANDARD,
    format: Annotated[str | None, typer.Option("--format", help="Read --input as a file of this format.")] = None,  # noqa: A002  # the option's name
    tokens: Annotated[bool, typer.Option("--tokens", help="Spaces part ready tokens.")] = False,
) -> None:
    """Answer texts; one JSON object a line."""
    if bool(texts) == (source is not None):
        mend = 'seqweave predict RUN "a text", or --input FILE'
        raise CommandError("E-CLI-02", "predict needs either texts or --input", mend=mend)
    from seqweave.recipes.predictor import Predictor

    predictor = Predictor.load(run)
    with ExitStack() as stack:
        if format and source:
            answers = predictor.answers(predictor.examples(source, format))
        else:
            answers = predictor.stream(texts or _lines(source or STANDARD), tokens=tokens)
        write = _writer(output, stack)
        for answer in answers:
            write(json.dumps(answer, ensure_ascii=False, allow_nan=False))


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file or of standard input, without their ends; as UTF-8."""
    if path == STANDARD:
        for line in sys.stdin:
            yield line.rstrip("\n")
        return
    from seqweave.data.reading import lines
    from seqweave.data.receipt import Receipt

    receipt = Receipt(path.name)
    for _, text in lines(path, "auto", receipt):
        yield text
    receipt.close()


def _writer(path: Path, stack: ExitStack) -> Callable[[str], object]:
    """Takes lines; a file gets its name when all of them are there."""
    if path == STANDARD:
        return print
    from seqweave.core.files import atomic_file

    file = stack.enter_context(atomic_file(path))
    return lambda line: file.write(f"{line}\n".encode())
