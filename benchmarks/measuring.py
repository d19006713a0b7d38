"""What every benchmark shares: interleaved timing of two rivals, and the record that results/ keeps.

Rivals take turns, so that whatever else the machine does falls on both; of each, the fastest call counts, for noise
only ever adds time. Every record is one JSON object on one line, written to a file only when asked.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch

from seqweave.recipes.environment import processor

RUNS = 3


@dataclass(frozen=True)
class Question:
    """What a benchmark asks; `ratio` is our speed over theirs if higher is better, else our time over theirs.

    Args:
        name: of the record.
        what: the question, a line.
        better: which ratio is the better one; "equal" where neither is, and 1 is wanted.
        goal: the ratio that is wanted, or by how much it may differ from 1; None where only a cost is told.
    """

    name: str
    what: str
    better: Literal["higher", "lower", "equal"]
    goal: float | None


def arguments(description: str) -> argparse.ArgumentParser:
    """The options of every benchmark."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--output", type=Path, help="folder to write NAME.json into; otherwise it is only printed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved calls of each rival in a run, at least 3")
    return parser


def times_ratio(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Our best time over theirs, once a run, after a warm-up call of each.

    Args:
        ours: one call of ours.
        theirs: one call of the rival.
        rounds: interleaved calls of each in a run, at least 3.
        clock: in seconds; `time.process_time` where all the work is one thread's and other programs are busy.
    """
    ours(), theirs()
    ratios = []
    for _ in range(RUNS):
        best = [float("inf"), float("inf")]
        for _ in range(max(rounds, 3)):
            for i, rival in enumerate((ours, theirs)):
                start = clock()
                rival()
                best[i] = min(best[i], clock() - start)
        ratios.append(best[0] / best[1])
    return ratios


def report(
    question: Question, ratios: list[float], options: argparse.Namespace, more: Mapping[str, Any] | None = None
) -> None:
    """Print the record as one JSON line, and write it where `--output` says.

    Args:
        question: what was asked.
        ratios: our time over theirs, once a run.
        options: what the benchmark was called with.
        more: laid over the record; `versions` are added to those that every record has.
    """
    runs = [round(1 / r if question.better == "higher" else r, 4) for r in ratios]
    record(question, statistics.median(runs), runs, options, more)


def record(
    question: Question,
    ratio: float,
    runs: list[float],
    options: argparse.Namespace,
    more: Mapping[str, Any] | None = None,
) -> None:
    """As `report`, of numbers as they are to be read: the one that counts, and those that it comes from.

    Raises:
        SystemExit: if a number is infinite: a race that never came to its end is no measurement, and leaves no record.
    """
    told = dict(more or {})
    if any(math.isinf(number) for number in (ratio, *runs)):
        raise SystemExit(f"{question.name}: ended before ours was as good, so nothing is written; found: {told}")
    found: dict[str, Any] = {
        **asdict(question),
        "ratio": ratio,
        "runs": runs,
        "command": command(sys.argv),
        "threads": options.threads,
        "device": processor(),
        "versions": {"seqweave": version("seqweave"), "torch": torch.__version__, "python": platform.python_version()},
        "commit": commit(),
    }
    found["versions"] |= told.pop("versions", {})
    found |= told
    line = json.dumps(found, ensure_ascii=False)
    print(line)
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / f"{question.name}.json").write_text(line + "\n", encoding="utf-8")


def command(given: list[str]) -> str:
    """What was called, with what is one machine's own by names that say what it is."""
    told = {"--data": "DIR", "--output": "results", "--runs": "RUNS", "--with": "BORROWER", "--without": "PLAIN"}
    return " ".join(["python", *(told.get(before, word) for before, word in zip(["", *given], given, strict=False))])


def changes(overrides: Sequence[str]) -> list[str]:
    """What was laid over a recipe, as parts of a record's name.

    Example:
        >>> changes(["model.encoder.hidden=128", "training.learning_rate=0.5"])
        ['hidden-128', 'learning-rate-0.5']
    """
    parts = (override.partition("=") for override in overrides)
    return [f"{key.rpartition('.')[2]}-{value}".replace("_", "-") for key, _, value in parts]


def commit() -> str:
    """The commit that was measured, `-dirty` if files differ from it; empty outside of a repository."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], check=False, capture_output=True, text=True
    )
    return found.stdout.strip()
