"""From the `data:` part of a recipe to the rows of a file, and from a row to the column that a recipe names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seqweave.core.errors import DataError, Place, RecipeError, shown
from seqweave.core.registry import nearest
from seqweave.data.configuration import DataConfig
from seqweave.data.formats.contract import FORMATS, Format, Row, Value
from seqweave.data.formats.detection import sniff
from seqweave.data.receipt import Receipt

OPTIONS = ("delimiter", "quoting", "header", "prefix", "phrases")
"""Settings of `data` that are handed to the format."""


def format_of(data: DataConfig, path: Path) -> Format:
    """The format that the recipe names, or the one that the file looks like.

    Raises:
        RecipeError: if the recipe sets an option that the format does not have.
    """
    kind = sniff(path) if data.format == "auto" else data.format
    config = FORMATS[kind]
    assert issubclass(config, Format)
    given = {name: value for name in OPTIONS if (value := getattr(data, name)) is not None}
    for name in given:
        if name not in config.model_fields:
            raise RecipeError("E-RECIPE-21", f"the format {kind} has no {name}", mend=f"delete data.{name}")
    return config.model_validate(given)


def rows(data: DataConfig, path: Path, receipt: Receipt) -> Iterator[Row]:
    """Stream the rows of one file; see `Format.read`."""
    return format_of(data, path).read(path, data.encoding, receipt)


def field(row: Row, name: str, key: str, receipt: Receipt) -> Value:
    """The value of a row's column; negative numbers count columns from the last.

    Args:
        row: one record.
        name: the column asked for.
        key: the recipe's key that names it, such as `data.label`.
        receipt: the account of the file, for the error's place.

    Raises:
        DataError: if there is no such column.
    """
    names = tuple(row.fields)
    if name not in row.fields and name.startswith("-") and name[1:].isdigit() and -int(name) <= len(names):
        name = names[int(name)]
    if name not in row.fields:
        raise DataError(
            "E-DATA-01",
            f"there is no column {shown(name)!r}",
            mend=f"set {key} to {nearest(name, names)}",
            place=Place(receipt.file, row.line),
        )
    return row.fields[name]
