"""How long one waits for a fresh process: for the list of verbs, and for the first answer of a trained model.

Both in seconds of the processor, which on an idle machine are those of the clock, and on a busy one not many more.
The modules are compiled, and the files that are read lie in the system's memory, after the first call. An answer
needs torch, so what counts of it is what it takes beyond a process that imports torch and ends; the two take turns.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import RUNS, Question, arguments, report

SEQWEAVE = [sys.executable, "-m", "seqweave"]
HELP = Question("bench-help", "seconds of seqweave --help", "lower", 0.3)
FIRST = Question("bench-first-prediction", "seconds of seqweave predict RUN TEXT beyond import torch", "lower", 0.5)


def seconds(command: list[str], folder: str) -> float:
    """Processor time of a process that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def trained(folder: str) -> str:
    """The run of a tagger with an LSTM, which has seen its data once."""
    init = ["init", "tagging", "--laboratory", "--output", "lab.yaml"]
    train = ["train", "lab.yaml", "--run", "run", "-o", "training.epochs=1"]
    for arguments_of in (init, train):
        subprocess.run([*SEQWEAVE, *arguments_of], cwd=folder, check=True, capture_output=True)
    return str(Path(folder) / "run")


def main() -> None:
    options = arguments(__doc__).parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what a first call has compiled is there for the next, as usual
    rounds = range(max(options.rounds, 3))
    with tempfile.TemporaryDirectory() as folder:
        help_verb = [*SEQWEAVE, "--help"]
        seconds(help_verb, folder)
        report(HELP, [statistics.median(seconds(help_verb, folder) for _ in rounds) for _ in range(RUNS)], options)
        predict = [*SEQWEAVE, "predict", trained(folder), "The old man the boats."]
        torch_alone = [sys.executable, "-c", "import torch"]
        seconds(predict, folder)
        beyond = [
            statistics.median(seconds(predict, folder) - seconds(torch_alone, folder) for _ in rounds)
            for _ in range(RUNS)
        ]
        report(FIRST, beyond, options)


if __name__ == "__main__":
    main()
