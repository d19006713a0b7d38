"""Results on standard output: one JSON object where asked for, tables for people otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from seqweave.core.numbers import decimal

WIDTH_LIMIT = 36
"""A column that must not be broken takes at most this much of a terminal."""
TEXT_LEAST = 20
"""Columns that may be broken are left at least so much."""
GAP = 3


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

    console, head = Console(highlight=False), any(columns)
    table = Table(box=box.SIMPLE_HEAD if head else None, show_header=head)
    table.show_edge = table.pad_edge = False
    firm = {number: name for number, name in enumerate(columns) if not 0 < number < text}
    widths = _widths(firm, rows, console.width - (len(columns) - len(firm)) * TEXT_LEAST)
    if sum(widths.values()) + GAP * (len(widths) - 1) > console.width:
        table.padding = (0, 0)  # numbers closer together, in place of numbers that are broken
    for number, name in enumerate(columns):
        justify: Literal["left", "right"] = "left" if number < text else "right"
        table.add_column(name, justify=justify, overflow="fold", width=widths.get(number))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if title:
        console.print(Text(title, "bold"))  # not the table's own title, which is broken to the table's width
    console.print(table)
    console.print()


def _widths(firm: Mapping[int, str], rows: Sequence[Sequence[str]], room: int) -> dict[int, int]:
    """Widths of the columns that must not be broken: of cells and names, or where there is no room, of words of names.

    The library's own widths do not do: they shrink columns evenly, below what a number needs.
    """
    from rich.cells import cell_len

    cells = {number: max((cell_len(row[number]) for row in rows), default=0) for number in firm}
    wide = {number: max(cell_len(name), cells[number]) for number, name in firm.items()}
    narrow = {number: max(map(cell_len, name.split()), default=0) for number, name in firm.items()}
    chosen = wide if sum(wide.values()) + GAP * len(wide) <= room else narrow
    return {number: min(max(chosen[number], cells[number]), WIDTH_LIMIT) for number in firm}


def print_scores(evaluation: Mapping[str, Any]) -> None:
    """The scores of one file beside its baselines, and on the lines that training never saw."""
    baselines: Mapping[str, Any] = evaluation["baselines"]
    unseen: Mapping[str, Any] = evaluation.get("unseen", {}).get("scores", {})
    columns = ["score", "value", "95 % interval", *(["unseen lines"] if unseen else []), *baselines]
    rows = []
    for name, score in evaluation["scores"].items():
        row = [name, decimal(score["value"]), f"{decimal(score['low'])} to {decimal(score['high'])}"]
        row += [decimal(unseen[name]["value"])] if unseen else []
        row += [decimal(scores[name]["value"]) if name in scores else "" for scores in baselines.values()]
        rows.append(row)
    print_table(f"{evaluation['data']}: {evaluation['examples']:,} examples", columns, rows)
    _print_tokens(evaluation)


def _print_tokens(evaluation: Mapping[str, Any]) -> None:
    """How well a language model tells kinds of tokens, and the settings of its pointer."""
    if slices := evaluation.get("slices", ()):
        rows = [[one["kind"], one["name"], f"{one['tokens']:,}", decimal(one["perplexity"])] for one in slices]
        print_table("Perplexity of some tokens alone", ["tokens by", "", "tokens", "perplexity"], rows, text=2)
    from seqweave.recipes.caching import told

    if chosen := told(evaluation.get("pointer", {})):
        print(chosen)


def print_spreads(title: str, seeds: Sequence[int], scores: Mapping[str, Any]) -> None:
    """Mean and spread of every score over several seeds, and the seeds one by one."""
    rows = [
        (name, decimal(one["mean"]), _spread(one["spread"]), *(decimal(run) for run in one["runs"]))
        for name, one in scores.items()
    ]
    print_table(title, ["score", "mean", "spread", *(f"seed {seed}" for seed in seeds)], rows)


def plain_value(value: object) -> str:
    """A setting's value as a recipe would write it; a dash where there is none."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {plain_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "-"}[value]
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(plain_value, value)) + "]"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _spread(spread: float | None) -> str:
    return "one run" if spread is None else decimal(spread)
