"""What every fault script shares: its options, and the one JSON line that it prints.

A script is a `Fault`: a promise, and a function that tries to break it. Its record is printed as one line and, where
`--output` says so, kept as a file of results/, from which docs/reliability.md is made.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqweave import __version__
from seqweave.recipes.environment import processor, versions

COMPLAINTS_SHOWN = 10
RECORDED = ("torch", "safetensors")


@dataclass(frozen=True)
class Plan:
    """What a script is asked to do.

    Args:
        count: how often to try, in the script's own unit.
        seed: of everything that is drawn at random.
        sentences: that small runs are trained on.
        folder: an empty folder for whatever is needed on the way.
    """

    count: int
    seed: int
    sentences: int
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What came out.

    Args:
        tried: how often it was tried.
        complaints: one sentence for each time that the promise was broken.
        facts: numbers that say what was tried; shown in the order given.
    """

    tried: int
    complaints: Sequence[str]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """One promise and the attempt to break it.

    Args:
        name: its result is `fault-NAME`; of the script, or of the script and what of it, parted by a hyphen.
        promise: what must hold, one sentence.
        unit: what is counted.
        count: how often it is tried where nothing else is said.
        attempt: tries.
        asked: what the script is asked for, where it can do several things; the option as it is written.
    """

    name: str
    promise: str
    unit: str
    count: int
    attempt: Callable[[Plan], Outcome]
    asked: str = ""


def main(fault: Fault, document: str | None) -> int:
    """Try one promise as the command line says; the exit code, 1 where it was broken."""
    options = parser_of(fault, document).parse_args()
    return report(fault, options.count, options)


def parser_of(fault: Fault, document: str | None) -> argparse.ArgumentParser:
    """The options of a script."""
    parser = argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=fault.count, help=f"{fault.unit} (%(default)s)")
    add_common(parser)
    return parser


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that do not say how often."""
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn at random (%(default)s)")
    parser.add_argument("--sentences", type=int, default=300, help="that runs are trained on (%(default)s)")
    parser.add_argument("--output", type=Path, help="folder to write fault-NAME.json into; otherwise only printed")


def report(fault: Fault, count: int, options: argparse.Namespace) -> int:
    """Try, print the record as one line and keep it where asked; the exit code."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="seqweave-fault-") as folder:
        outcome = fault.attempt(Plan(count, options.seed, options.sentences, Path(folder)))
    script = fault.name.partition("-")[0]
    record = {
        "name": f"fault-{fault.name}",
        "promise": fault.promise,
        "unit": fault.unit,
        "tried": outcome.tried,
        "bad": len(outcome.complaints),
        "facts": dict(outcome.facts),
        "complaints": list(outcome.complaints[:COMPLAINTS_SHOWN]),
        "seed": options.seed,
        "command": " ".join(
            filter(None, [f"python scripts/faults/{script}.py", fault.asked, f"--count {count} --seed {options.seed}"])
        ),
        "seconds": round(time.monotonic() - begun),
        "device": processor(),
        "versions": {
            "seqweave": __version__,
            "python": platform.python_version(),
            **{name: found for name, found in versions().items() if name in RECORDED},
        },
        "commit": commit(),
    }
    line = json.dumps(record, ensure_ascii=False)
    print(line, flush=True)
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / f"{record['name']}.json").write_text(line + "\n", encoding="utf-8")
    return 1 if outcome.complaints or not outcome.tried else 0


def commit() -> str:
    """The commit whose package was tried, `-dirty` where its files differ; empty outside of a repository."""
    git = ["git", "-C", str(Path(__file__).parent)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True)
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--", "../../src"], check=False, capture_output=True, text=True
    )
    return head.stdout.strip() + ("-dirty" if changed.stdout.strip() else "")


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)
