"""Results on standard output: one JSON object where asked for, tables for people otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

LOWER_IS_BETTER = ("calibration_error", "loss")


def print_json(value: object) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; the first column is text, the others are set to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


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
