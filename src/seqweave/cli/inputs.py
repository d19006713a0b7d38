"""Raw texts from a file or from standard input, one a line, as verbs take them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqweave.core.errors import Notice
    from seqweave.data.receipt import Receipt
    from seqweave.recipes.predictor import Predictor

STANDARD = Path("-")


def require_other(source: Path | None, output: Path) -> None:
    """See that what is read is not what is written over.

    Raises:
        CommandError: if it is.
    """
    from seqweave.core.errors import CommandError, Place

    if source is not None and source.exists() and output.exists() and source.samefile(output):
        what, mend = "this file is read, and would be written over", "name another --output"
        raise CommandError("E-CLI-13", what, mend=mend, place=Place(str(output)))


def examples_of(predictor: Predictor, path: Path, tokens: bool) -> Iterator[Any]:
    """An example for each line that has a text, with its place; the others are counted in a warning."""
    from seqweave.data.examples import blank
    from seqweave.data.receipt import Receipt

    receipt = Receipt("standard input" if path == STANDARD else path.name)
    for number, text in _lines(path, receipt):
        if blank(text):
            receipt.notice("W-TEXT-02", "lines without a text have no answer", number)
        else:
            yield replace(predictor.example(text, tokens=tokens), source=receipt.file, line=number)
    receipt.close()
    for notice in receipt.notices.values():
        warn(notice)


def _lines(path: Path, receipt: Receipt) -> Iterator[tuple[int, str]]:
    """The lines of a file or of standard input, with their numbers and without their ends."""
    from seqweave.data.reading import lines, lines_of

    if path == STANDARD:
        assert isinstance(sys.stdin.buffer, BufferedReader), "what Python opens"
        yield from lines_of(sys.stdin.buffer, "auto", receipt)
    else:
        yield from lines(path, "auto", receipt)


def warn(notice: Notice) -> None:
    """Tell on standard error, with how often it happened."""
    print(f"warning: {notice} ({notice.count:,} times)", file=sys.stderr)
