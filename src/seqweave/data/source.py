"""From the `data:` part of a recipe to the rows of a file, and from rows to examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from seqweave.core.errors import DataError, Place, RecipeError, shown
from seqweave.core.registry import nearest
from seqweave.data.configuration import DataConfig, PairData
from seqweave.data.formats.contract import FORMATS, Format, PairedFormat, Row, Value
from seqweave.data.formats.detection import sniff, sniff_plain
from seqweave.data.formats.parallel import ParallelFormat
from seqweave.data.receipt import Receipt

OPTIONS = ("delimiter", "quoting", "header", "prefix", "phrases")
"""Settings of `data` that are handed to the format."""

E = TypeVar("E")


class ColumnError(DataError):
    """A row lacks a column that is asked for."""


def format_of(data: DataConfig, path: Path) -> Format:
    """The format that the recipe names, or the one that the file looks like.

    Raises:
        RecipeError: if the recipe sets an option that the format does not have, or the format is of pairs of texts and
            the task is not.
    """
    kind = _kind(data, path)
    config = FORMATS[kind]
    assert issubclass(config, Format)
    given = {name: value for name in OPTIONS if (value := getattr(data, name)) is not None}
    for name in given:
        if name not in config.model_fields:
            raise RecipeError("E-RECIPE-21", f"the format {kind} has no {name}", mend=f"delete data.{name}")
    if issubclass(config, PairedFormat):
        if not isinstance(data, PairData):
            what = f"the format {kind} is of pairs of texts, and {data.kind} reads one text"
            raise RecipeError("E-RECIPE-31", what, mend="set data.format, or task: translation")
        given |= {"source": data.source, "target": data.target}
    return config.model_validate(given)


def files_of(data: DataConfig, path: Path) -> tuple[Path, ...]:
    """The files, or the folder, that a path of the recipe stands for: itself, or the two sides of parallel text."""
    if data.format == "auto" and not _stands_for_two(data, path):
        return (path,)
    found = format_of(data, path)
    return found.files(path) if isinstance(found, PairedFormat) else (path,)


def _kind(data: DataConfig, path: Path) -> str:
    if data.format != "auto":
        return data.format
    if data.plain_text:
        return sniff_plain(path)
    return ParallelFormat.kind if _stands_for_two(data, path) else sniff(path)


def _stands_for_two(data: DataConfig, path: Path) -> bool:
    """Whether a path that is no file is what the names of two files share."""
    if path.exists() or not isinstance(data, PairData):
        return False
    return any(file.exists() for file in ParallelFormat(source=data.source, target=data.target).files(path))


def examples(data: DataConfig, path: Path, receipt: Receipt, make: Callable[[Row], E]) -> Iterator[E]:
    """Stream the examples of one file; a row that cannot become one is refused in the receipt.

    Args:
        data: says how to read.
        path: the file, or folder.
        receipt: its account.
        make: one row to its example; raises a DataError where it cannot.

    Raises:
        ColumnError: if the first row lacks a column: then surely all do, and one error says it.
    """
    for number, row in enumerate(format_of(data, path).read(path, data.encoding, receipt)):
        try:
            example = make(row)
        except ColumnError as error:
            if number == 0:
                raise
            receipt.reject(DataError(error.code, error.what, mend="give this row the column, too", place=error.place))
        except DataError as error:
            receipt.reject(error)
        else:
            yield example


def field(row: Row, name: str, key: str, file: str) -> Value:
    """The value of a row's column, as `Row.value` finds it.

    Args:
        row: one record.
        name: the column asked for.
        key: the recipe's key that names it, such as `data.label`.
        file: the file, for the error's place.

    Raises:
        ColumnError: if there is no such column.
    """
    try:
        return row.value(name)
    except KeyError:
        mend = f"set {key} to {nearest(name, tuple(row.fields))}"
        mend += "" if name.isdecimal() else f"; for a trained run, call the column {name!r} in the file"
        what = f"there is no column {shown(name)!r}"
        raise ColumnError("E-DATA-01", what, mend=mend, place=Place(file, row.line)) from None
