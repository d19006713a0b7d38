"""A rival in an environment of its own, and what races against it share: options, and the record of a race.

Both contestants use one thread. They take turns, so that whatever else the machine does falls on both, and of each the
processor seconds count.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from measuring import Question, arguments, report

HERE = Path(__file__).parent
PLACES = {"data": "DIR", "peer_python": "PEERS/bin/python", "models": "MODELS", "output": "results"}


class Answer(NamedTuple):
    """What came of an order, and the processor seconds that it took."""

    seconds: float
    value: Any


class Rival(AbstractContextManager["Rival"]):
    """A process that obeys the orders of its script, one at a time.

    Args:
        python: the Python of its environment.
        script: a file of this folder that calls `orders.obey`.
    """

    def __init__(self, python: Path, script: str) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [str(python), str(HERE / script)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, text=True, encoding="utf-8", env=environment, **pipes)

    def ask(self, order: str, *values: Any) -> Answer:
        """Give an order and wait for its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([order, *values]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the rival ended at the order {order!r}; what it said stands above")
        told = json.loads(line)
        return Answer(told["seconds"], told["answer"])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.__exit__(kind, error, trace)  # closes the pipes, which ends it, and waits


def race_arguments(description: str | None) -> argparse.ArgumentParser:
    """The options of every race."""
    parser = arguments(description or "")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the data set's own files")
    parser.add_argument("--peer-python", type=Path, required=True, help="the Python of the rival's environment")
    return parser


def record(
    question: Question,
    ratios: list[float],
    options: argparse.Namespace,
    facts: list[dict[str, Any]],
    versions: dict[str, str],
) -> None:
    """Report a race.

    Args:
        question: what was asked.
        ratios: our time over theirs, once a run.
        options: what the race was called with.
        facts: what each model or split came to: `our_accuracy` and `their_accuracy` by part, speeds, seconds.
        versions: of the rival.
    """
    report(question, ratios, options, {"command": command(options), "facts": facts, "versions": versions})


def command(options: argparse.Namespace) -> str:
    """The command that races again; for places of this machine it has names."""
    names = {str(getattr(options, key)): name for key, name in PLACES.items() if hasattr(options, key)}
    return shlex.join(["python", *[names.get(word, word) for word in sys.argv]])
