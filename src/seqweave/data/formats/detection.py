"""Which format a file is of, from its name and its first lines."""

from __future__ import annotations

from pathlib import Path

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.formats.contract import FORMATS, Format
from seqweave.data.reading import head

SURE_ENOUGH = 0.2
NAMED = (".csv", ".tsv", ".jsonl", ".ndjson")
"""Ends of names of files that are no plain text."""


def sniff(path: Path) -> str:
    """The kind of the format that suits a file best; a folder is of the format "folder".

    Raises:
        MissingInputError: if there is no such file, or it may not be read.
        DataError: if the file is empty, not text, or like no format.
    """
    if path.is_dir():
        return "folder"
    name, first = path.name.removesuffix(".gz"), head(path)
    suiting = {kind: config.suits(name, first) for kind, config in FORMATS if issubclass(config, Format)}
    best = max(suiting, key=lambda kind: suiting[kind])
    if suiting[best] < SURE_ENOUGH:
        line = shown(first.strip().partition("\n")[0], 30)
        raise DataError(
            "E-FORMAT-01",
            f"the format cannot be told from the name or the first lines ({line!r})",
            mend=f"data.format: one of {', '.join(FORMATS.kinds())}",
            place=Place(str(path)),
        )
    return best


def sniff_plain(path: Path) -> str:
    """The kind of the format of a file that holds plain text, unless its name says otherwise; "lines" where unsure.

    Raises:
        MissingInputError: if there is no such file, or it may not be read.
        DataError: if the file is empty or not text.
    """
    if path.is_dir() or path.name.removesuffix(".gz").endswith(NAMED):
        return sniff(path)
    config = FORMATS["wikitext"]
    assert issubclass(config, Format)
    return "wikitext" if config.suits(path.name, head(path)) >= SURE_ENOUGH else "lines"
