"""`seqweave predict`: texts to answers, one JSON object a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from seqweave.cli.inputs import STANDARD, examples_of, require_other, warn
from seqweave.cli.options import Others, Run, Steering
from seqweave.core.errors import CommandError


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
    prefix: Annotated[str, typer.Option(help="What written texts begin with.", show_default=False)] = "",
    best: Annotated[int | None, typer.Option(min=1, max=10_000, help="Written texts for each text.")] = None,
    score: Annotated[
        bool, typer.Option("--score", help="Of language models: how probable texts are, not how they go on.")
    ] = False,
    override: Steering = None,
    others: Others = None,
    json: Annotated[
        bool, typer.Option("--json", help="A failure, too, as one JSON object; answers always are.")
    ] = False,
) -> None:
    """Answer texts; one JSON object a line."""
    del json  # whoever tells of failures looks for it
    _require_one_source(texts, source, format, tokens)
    require_other(source, output)
    from seqweave.recipes.predictor import Predictor

    loaded = Predictor.load(run, *others or ())
    predictor = (loaded.scoring() if score else loaded).steered(*override or (), best=best or 0)
    with ExitStack() as stack:
        if format and source:
            examples = predictor.examples(source, format)
        elif source:
            examples = examples_of(predictor, source, tokens)
        else:
            examples = (predictor.example(text, tokens=tokens) for text in texts or ())
        if prefix:
            examples = predictor.begun(examples, prefix)
        _write(predictor.answers(examples), _writer(output, stack))


def _write(answers: Iterator[dict[str, Any]], write: Callable[[str], object]) -> None:
    """Every answer as it comes; that some lack terms of a glossary is told at the end."""
    from seqweave.tasks.glossary import lacking
    from seqweave.tasks.text_answer import MISSED

    missed = 0
    for answer in answers:
        missed += MISSED in answer
        write(dumps(answer, ensure_ascii=False, allow_nan=False))
    if missed:
        warn(lacking(missed))


def _require_one_source(texts: list[str] | None, source: Path | None, format_name: str | None, tokens: bool) -> None:
    if bool(texts) == (source is not None):
        mend = 'seqweave predict RUN "a text", or --input FILE'
        raise CommandError("E-CLI-02", "predict needs either texts or --input", mend=mend)
    if format_name and (source in (None, STANDARD) or tokens):
        what = f"--format {format_name} says how to read a file, and goes with neither texts nor - nor --tokens"
        raise CommandError("E-CLI-10", what, mend=f"--input FILE --format {format_name}")


def _writer(path: Path, stack: ExitStack) -> Callable[[str], object]:
    """Takes lines; a file gets its name when all of them are there."""
    if path == STANDARD:
        return print
    from seqweave.core.files import atomic_file

    file = stack.enter_context(atomic_file(path))
    return lambda line: file.write(f"{line}\n".encode())
