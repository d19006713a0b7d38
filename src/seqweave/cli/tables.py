"""Results on standard output: one JSON object where asked for, tables for people otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH_LIMIT = 36
"""A column that must not be broken takes at most this much of a terminal."""


def print_json(value: object) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def print_heading(name: str, about: str) -> None:
    """A name in bold with what it is, above a table."""
    from rich.console import Console
    from rich.text import Text

    Console(highlight=False).print(Text.assemble((name, "bold"), f": {about}"))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], text: int = 1) -> None:
    """A table on standard output, followed by an empty line.

    Args:
        title: stands above it; empty for none.
        columns: their names; a table of nameless columns has no head.
        rows: as many cells each.
        text: this many columns hold text, set to the left; the others hold numbers, set to the right. To fit the
            terminal, the columns of text but the first are broken, at spaces where there are some.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    head = any(columns)
    look = box.SIMPLE_HEAD if head else None
    table = Table(box=look, show_header=head)
    table.show_edge = table.pad_edge = False
    for number, column in enumerate(columns):
        width = None if 0 < number < text else _width(column, [row[number] for row in rows])
        table.add_column(column, justify="left" if number < text else "right", overflow="fold", min_width=width)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    if title:
        console.print(Text(title, "bold"))  # not the table's own title, which is broken to the table's width
    console.print(table)
    console.print()


def _width(column: str, cells: Sequence[str]) -> int:
    """What a column needs so that no cell, and no word of its name, is broken; unless they are very long."""
    from rich.cells import cell_len

    return min(max(map(cell_len, [*cells, *column.split()]), default=0), WIDTH_LIMIT)


def print_scores(evaluation: Mapping[str, Any]) -> None:
    """The scores of one file beside its baselines, and on the lines that training never saw."""
    baselines: Mapping[str, Any] = evaluation["baselines"]
    unseen: Mapping[str, Any] = evaluation.get("unseen", {}).get("scores", {})
    columns = ["score", "value", "95 % interval", *(["unseen lines"] if unseen else []), *baselines]
    rows = []
    for name, score in evaluation["scores"].items():
        row = [name, f"{score['value']:.2f}", f"{score['low']:.2f} to {score['high']:.2f}"]
        row += [f"{unseen[name]['value']:.2f}"] if unseen else []
        row += [f"{scores[name]['value']:.2f}" if name in scores else "" for scores in baselines.values()]
        rows.append(row)
    print_table(f"{evaluation['data']}: {evaluation['examples']:,} examples", columns, rows)


def plain_value(value: object) -> str:
    """A setting's value as a recipe would write it; a dash where there is none."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {plain_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "-"}[value]
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(plain_value, value)) + "]"
    return f"{value:,}" if isinstance(value, int) else str(value)
