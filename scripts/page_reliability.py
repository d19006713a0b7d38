"""docs/reliability.md: what was broken on purpose, how often, and what came of it."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
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
    return "\n".join([HEAD, overview(found), *(section(result, scripts) for result in found)])


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


def section(result: Result, scripts: Path) -> str:
    """What one script does, in its own words, and what it saw."""
    name = result["name"].removeprefix(PREFIX)
    document = ast.get_docstring(ast.parse((scripts / f"{name}.py").read_text(encoding="utf-8"))) or ""
    title, _, story = document.partition("\n\n")
    _, _, told = story.partition("\n\n")  # the command stands in the table
    facts = [[key, shown(value)] for key, value in result["facts"].items()]
    measured = f"{result['seconds']:,} s on {result['device']}, commit {result['commit'] or 'unknown'}"
    rows = [*facts, ["measured", measured], *(["broken", complaint] for complaint in result["complaints"])]
    return f"## `{name}`\n\n{title}\n\n{told}\n\n{table(['seen', ''], rows)}"


def shown(value: object) -> str:
    """A fact as text; a mapping as a list of its entries."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(inner)}" for key, inner in value.items())
    return f"{value:,}" if isinstance(value, int | float) else str(value)
