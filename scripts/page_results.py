"""docs/results.md: what was measured, beside what was published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import page_obstacles
from tables import table

HEAD = """# Results

Every number here was measured, by the command that is told of its name, and read from a file of `results/`; a number
that was not measured is not written. Scores are in percent, perplexities apart; a spread is the standard deviation over
the runs; of one run, the range holds 95 % of the scores over test data drawn again (1,000 bootstrap samples).
"""
NONE = "Nothing has been measured yet.\n"
SPEED = """## Speed

A ratio is our speed over theirs where higher is better, and our time over theirs where lower is better; where a unit is
named, it is our figure in that unit. Where 1 is the goal, both shall be equal.
"""
BESIDE = """### The same at other sizes

What stands beside some of these in their records, by the same commands.
"""
SIGNS = {"higher": "≥", "lower": "≤", "equal": "1 ±"}
"""What stands before a goal, by which ratio is the better one."""
CHECKED = """## Checks

A share of cases whose truth is known, in which the answer was right.
"""
OTHERS = ("fault-", "search-")
"""What the names of these begin with; they have pages of their own."""
CHECKS = ("bench-explain-",)
"""What the names of these begin with."""
WORK = """### How much work a score takes

Seconds of the processor in training alone, until the weights that were scored: a mean over the runs. `metric` chose
these weights on dev; the best value of each run is beside it. A model that is fitted in one go has no such course.
"""
RACES = """### How often each was right

Percent of the test part, a mean over the splits where there are several: speed at another accuracy is another thing.
[The races](peers.md) tells how they are run, and why a goal was missed.
"""
Result = Mapping[str, Any]


def page(folder: Path) -> str:
    """The page for the results of a folder; of none, a page that says so.

    Args:
        folder: holds NAME.json files, one result each; need not exist.

    Raises:
        ValueError: if a file holds no such result, with its name.
    """
    results = [read(path) for path in sorted(folder.glob("*.json")) if not path.name.startswith(OTHERS)]
    systems = [result for result in results if not result["name"].startswith("bench-")]
    checks = [result for result in results if result["name"].startswith(CHECKS)]
    speed = [result for result in results if result["name"].startswith("bench-") and result not in checks]
    parts = [HEAD, "## Systems\n", system_table(systems) if systems else NONE]
    if systems:
        parts += ["### What was run\n", run_table(systems)]
        parts += ["### Where the published numbers come from\n", sources(systems)]
    if worked := [result for result in systems if "training" in result]:
        parts += [WORK, work_table(worked)]
    parts += [remedies] if (remedies := page_obstacles.section(systems)) else []
    parts += [SPEED, ratio_table(speed) if speed else NONE]
    if beside := beside_rows(speed):
        parts += [BESIDE, table(["name", "where", "ratio", "goal"], beside)]
    if raced := [result for result in speed if any("our_accuracy" in fact for fact in result.get("facts", ()))]:
        parts += [RACES, race_table(raced)]
    return "\n".join([*parts, CHECKED, ratio_table(checks)] if checks else parts)


def read(path: Path) -> Result:
    """One result; its name is its file's."""
    result: Result = json.loads(path.read_text(encoding="utf-8"))
    needed = {"name", "ratio", "goal"} if path.name.startswith("bench-") else {"name", "system", "measured", "baseline"}
    if needed - set(result) or result["name"] != path.stem:
        raise ValueError(f"{path}: not a result of that name with {', '.join(sorted(needed))}")
    return result


def system_table(results: Sequence[Result]) -> str:
    """Published beside measured, and what a trivial answer gives."""
    columns: dict[str, Callable[[Result], str]] = {
        "name": lambda r: f"`{r['name']}`",
        "metric": lambda r: r["metric"],
        "published": lambda r: score((r.get("published") or {}).get("value")),
        "measured": measured,
        "runs": lambda r: str(len(r["measured"]["runs"])),
        "baseline": baseline,
    }
    return table(list(columns), [[cell(result) for cell in columns.values()] for result in results])


def run_table(results: Sequence[Result]) -> str:
    """The system, its data, and how it is measured again."""
    columns: dict[str, Callable[[Result], str]] = {
        "name": lambda r: f"`{r['name']}`",
        "system": system,
        "data": lambda r: r["dataset"],
        "command": lambda r: f"`{r['command']}`",
        "seconds": lambda r: f"{r['seconds']:,.0f}",
        "device": lambda r: r["device"],
    }
    return table(list(columns), [[cell(result) for cell in columns.values()] for result in results])


def system(result: Result) -> str:
    """What a recipe tells of its network, and what a command changed of it."""
    return "; ".join([result["system"], *re.findall(r"-o (model\.\S+)", result["command"])])


def measured(result: Result) -> str:
    """The mean, and the spread where there is more than one run; of one run its interval where it is known."""
    found = result["measured"]
    if len(found["runs"]) > 1:
        return f"**{score(found['mean'])}** ± {found['spread']:.2f}"
    interval = "".join(f"; {score(low)} to {score(high)}" for low, high in found.get("intervals", ()))
    return f"**{score(found['mean'])}** (one run{interval})"


def baseline(result: Result) -> str:
    """What a trivial answer scores, and which."""
    found = result["baseline"]
    return f"{score(found['value'])} ({found['name']})" if found else "–"


def sources(results: Sequence[Result]) -> str:
    """One line for each published number: its source, and what differs."""
    lines = []
    for result in results:
        published = result.get("published") or {}
        told = ". ".join(part.rstrip(".") for part in (published.get("source"), published.get("note")) if part)
        lines.append(f"- `{result['name']}`: {told or 'nothing comparable was published'}.")
    return "\n".join(lines) + "\n"


def work_table(results: Sequence[Result]) -> str:
    """What training took until the weights that were scored, and how they scored on dev."""
    columns: dict[str, Callable[[Result], str]] = {
        "name": lambda r: f"`{r['name']}`",
        "seconds": lambda r: f"{mean(run['processor_seconds'] for run in r['training']):,.0f}",
        "metric": lambda r: r["training"][0]["metric"] or "–",
        "on dev": lambda r: ", ".join(score(best(r, run["dev"])) for run in r["training"]),
        "device": lambda r: r["device"],
    }
    return table(list(columns), [[cell(result) for cell in columns.values()] for result in results])


def best(result: Result, scores: Sequence[float]) -> float | None:
    """The best of some scores of a system; None of none."""
    choose = min if result.get("better") == "lower" else max
    return choose(scores, default=None)


def ratio_table(results: Sequence[Result]) -> str:
    """Each ratio beside its goal."""
    columns: dict[str, Callable[[Result], str]] = {
        "name": lambda r: f"`{r['name']}`",
        "what": lambda r: r["what"],
        "ratio": lambda r: f"**{r['ratio']:.3g}**",
        "goal": lambda r: "–" if r["goal"] is None else f"{SIGNS[r['better']]} {r['goal']:.3g}",
        "runs": lambda r: ", ".join(f"{run:.3g}" for run in r["runs"]),
        "threads": lambda r: str(r["threads"]),
        "device": lambda r: r["device"],
        "command": lambda r: f"`{r['command']}`",
    }
    return table(list(columns), [[cell(result) for cell in columns.values()] for result in results])


def beside_rows(results: Sequence[Result]) -> list[list[str]]:
    """The ratios at other sizes that stand in a record: its `details`, and `large`, which has a goal of its own."""
    rows = []
    for result in results:
        found = [(where, ratio, None) for where, ratio in result.get("details", {}).items()]
        found += [(one["what"], one["ratio"], one["goal"]) for one in [result.get("large")] if one]
        for where, ratio, goal in found:
            wanted = "–" if goal is None else f"{SIGNS[result['better']]} {goal:.3g}"
            rows.append([f"`{result['name']}`", where, f"{ratio:.3g}", wanted])
    return rows


def race_table(results: Sequence[Result]) -> str:
    """Our accuracy beside that of the rival: a row for each model of ours where several raced, else one."""
    rows = []
    for result in results:
        named = [([fact], f"{result['name']}: {fact['our_run']}") for fact in result["facts"] if "our_run" in fact]
        for facts, name in named or [(result["facts"], result["name"])]:
            pairs = [(fact["our_accuracy"]["test"], fact["their_accuracy"]["test"]) for fact in facts]
            ours, theirs = (f"{sum(side) / len(side):.2f}" for side in zip(*pairs, strict=True))
            rows.append([f"`{name}`", ours, theirs, str(len(facts))])
    return table(["race", "ours", "theirs", "splits or seeds"], rows)


def score(value: float | None) -> str:
    """A percentage with one decimal; a dash where there is none."""
    return "–" if value is None else f"{value:.1f}"
