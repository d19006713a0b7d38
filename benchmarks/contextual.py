"""Words a second that a run with a contextual embedder answers, over those of a run without one.

Both answer the same examples in turns. What training caches of the language model is not there when a model answers, so
all is computed. There is no goal: it is what that knowledge costs, to be read beside what it brings.

    python benchmarks/contextual.py --with BORROWER --without PLAIN --data DIR --file FILE --name NAME --output results
"""

from __future__ import annotations

import time
from collections import deque
from itertools import islice
from pathlib import Path

import torch
from measuring import RUNS, Question, arguments, report

import seqweave


class Reader:
    """A run's model, and what it answers.

    Args:
        run: of any task.
        path: file of the format that the model learned from.
        most: of its first examples that are answered.
    """

    def __init__(self, run: Path, path: Path, most: int) -> None:
        self._predictor = seqweave.load(run)
        found = self._predictor.examples(path, self._predictor.trained.recipe.data.format)
        self._examples = list(islice(found, most))

    @property
    def words(self) -> int:
        """Tokens of all examples."""
        return sum(len(example.tokens) for example in self._examples)

    def seconds(self) -> float:
        """Of the processor, to answer them all."""
        begun = time.process_time()
        deque(self._predictor.answers(self._examples), maxlen=0)
        return time.process_time() - begun


def main() -> None:
    """Race once."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--with", dest="borrower", type=Path, required=True, help="run with a contextual embedder")
    parser.add_argument("--without", type=Path, required=True, help="run of the same task without one")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--file", required=True, help="in that folder: its examples are answered")
    parser.add_argument("--examples", type=int, default=500, help="of the file's first that are answered")
    parser.add_argument("--name", required=True, help="of the task, such as conll2003-ner")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    borrower, without = (
        Reader(run, options.data / options.file, options.examples) for run in (options.borrower, options.without)
    )
    assert borrower.words == without.words, "two runs of one task"
    borrower.seconds(), without.seconds()
    runs = []
    for _ in range(RUNS):
        turns = [(borrower.seconds(), without.seconds()) for _ in range(options.rounds)]
        runs.append([min(turn[side] for turn in turns) for side in (0, 1)])
    question = Question(
        f"bench-contextual-{options.name}",
        f"words/s of {options.name} answered with a contextual embedder over those without",
        "higher",
        None,
    )
    ours, theirs = (round(borrower.words / min(run[side] for run in runs)) for side in (0, 1))
    report(
        question,
        [with_it / without_it for with_it, without_it in runs],
        options,
        {"words_per_second": {"with": ours, "without": theirs}},
    )


if __name__ == "__main__":
    main()
