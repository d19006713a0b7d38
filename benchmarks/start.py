"""How long one waits for a fresh process: for the list of verbs, and for the first answer of a trained model.

Both in seconds of the processor, which on an idle machine are those of the clock, and on a busy one not many more.
The modules are compiled, and the files that are read lie in the system's memory, after the first call. An answer
needs torch, so what counts of it is what it takes beyond a process that imports torch; the two take turns. Both are
left at once when they have what they came for, the answer or torch: to tear torch's modules down takes Python half a
second. The verb itself does not search them for garbage then, so whole processes are told beside it.
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
FIRST = Question(
    "bench-first-prediction", "seconds to the answer of seqweave predict RUN TEXT beyond import torch", "lower", 0.5
)
TORCH = "import torch"
ANSWER = """
import sys
from seqweave.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
sys.stdout.flush()
"""
LEAVE = "\nimport os; os._exit(0)"


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
        predict = ["predict", trained(folder), "The old man the boats."]
        whole = ([*SEQWEAVE, *predict], [sys.executable, "-c", TORCH])
        short = ([sys.executable, "-c", ANSWER + LEAVE, *predict], [sys.executable, "-c", TORCH + LEAVE])
        seconds(whole[0], folder)
        beyond, wholly = (
            [statistics.median(seconds(ours, folder) - seconds(theirs, folder) for _ in rounds) for _ in range(RUNS)]
            for ours, theirs in (short, whole)
        )
        report(FIRST, beyond, options, {"whole_processes": [round(run, 3) for run in wholly]})


if __name__ == "__main__":
    main()
