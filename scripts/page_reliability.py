"""docs/reliability.md: what was broken on purpose, how often, and what came of it."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from tables import table

HEAD = """# Reliability

Seqweave makes promises about what happens when something goes wrong. Each is put to the test by a script of
`scripts/faults/` that tries to break it, and each script prints one JSON line, from which this page is made. "Broken"
is how often the promise did not hold. The test suite runs small versions of these scripts.
"""
NONE = "Nothing has been tried yet.\n"
NEEDED = {"name", "promise", "unit", "tried", "bad", "facts", "command", "seconds", "device", "commit"}
PREFIX = "fault-"
Result = Mapping[str, Any]


def page(results: Path, scripts: Path) -> str:
    """The page for the results of a folder.

    Args:
        results: holds fault-NAME.json files, one result each.
        scripts: holds NAME.py, whose docstring says what is done.

    Raises:
        ValueError: if a file holds no such result, with its name.
    """
    found = [read(path) for path in sorted(results.glob(f"{PREFIX}*.json"))]
    if not found:
        return "\n".join([HEAD, NONE])
    kinds = groupby(found, lambda result: result["name"].removeprefix(PREFIX).partition("-")[0])
    return "\n".join([HEAD, overview(found), *(section(kind, list(group), scripts) for kind, group in kinds)])


def read(path: Path) -> Result:
    """One result; its name is its file's."""
    result: Result = json.loads(path.read_text(encoding="utf-8"))
    if NEEDED - set(result) or result["name"] != path.stem:
        raise ValueError(f"{path}: not a result of that name with {', '.join(sorted(NEEDED))}")
    return result


def overview(results: Sequence[Result]) -> str:
    """Every promise with its count."""
    rows = [
        [result["promise"], f"{result['tried']:,} {result['unit']}", f"**{result['bad']:,}**", f"`{result['command']}`"]
        for result in results
    ]
    return table(["promise", "tried", "broken", "command"], rows)


def section(script: str, results: Sequence[Result], scripts: Path) -> str:
    """What one script does, in its own words, and what it saw, each time that it was asked for something else."""
    document = ast.get_docstring(ast.parse((scripts / f"{script}.py").read_text(encoding="utf-8"))) or ""
    title, _, story = document.partition("\n\n")
    _, _, told = story.partition("\n\n")  # the command stands in the table
    rows = []
    for result in results:
        measured = f"{result['seconds']:,} s on {result['device']}, commit {result['commit'] or 'unknown'}"
        rows += [[key, shown(value)] for key, value in result["facts"].items()]
        rows += [["measured", measured], *(["broken", complaint] for complaint in result["complaints"])]
    return f"## `{script}`\n\n{title}\n\n{told}\n\n{table(['seen', ''], rows)}"


def shown(value: object) -> str:
    """A fact as text; a mapping as a list of its entries."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(inner)}" for key, inner in value.items())
    return f"{value:,}" if isinstance(value, int | float) else str(value)
