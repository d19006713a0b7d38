"""Training time of our tagger until it is as good as spaCy's gets, over what spaCy needs for it.

Both train on the same sentences of English Web Treebank to tell universal parts of speech, spaCy as its own recommended
settings say, and are judged on the same dev tokens, each as often as its settings say; processor seconds of reading,
evaluating and saving count. The two take turns: whenever ours has evaluated, spaCy trains until it has spent as much.
Both best models stay in a folder, for spacy_speed.py.

    python -m venv PEERS && PEERS/bin/pip install -r benchmarks/peers/requirements-spacy.txt
    python benchmarks/peers/spacy_time.py --data DIR --peer-python PEERS/bin/python --models MODELS --output results
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from ewt import hand_over, recipe, sentences
from rival import Question, Rival, race_arguments, record

from seqweave.core.events import Event
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.shipped import FOLDER
from seqweave.recipes.train import Finished, train

QUESTION = Question(
    "bench-spacy-tagger-time",
    "processor seconds of training until dev accuracy is the best of spaCy's tagger, UD English EWT",
    "lower",
    0.5,
)
Evaluation = dict[str, float]


@dataclass
class Turns:
    """Hears our training, and lets the rival train as long after each of our evaluations."""

    rival: Rival
    begun: float = field(default_factory=time.process_time)
    ours: list[Evaluation] = field(default_factory=list)
    theirs: list[Evaluation] = field(default_factory=list)
    ended: bool = False

    def hear(self, event: Event) -> None:
        """Note an evaluation of ours; then it is the rival's turn."""
        if event.name == "evaluation":
            spent = time.process_time() - self.begun
            accuracy, step = float(event.values["accuracy"] or 0), float(event.values["step"] or 0)
            self.ours.append({"seconds": spent, "step": step, "accuracy": accuracy})
            self.let(spent)

    def let(self, until: float | None) -> None:
        """Let the rival train until it has spent so many seconds, or to its end."""
        found = None if self.ended else self.rival.ask("train", until).value
        self.ended = found is None
        self.theirs += found or []
        print(f"ours {self.ours[-1]}, theirs {self.theirs[-1:]}", file=sys.stderr)


def race(options: Any, rival: Rival, seed: int, folder: Path) -> tuple[Turns, Finished]:
    """Train both with one seed."""
    document = recipe(options.data, [*options.override, f"training.seed={seed}"])
    files = hand_over(sentences(document), folder)
    rival.ask("begin", files["train"], files["dev"], str(options.models / f"spacy-{seed}"), seed)
    run = RunFolder.create(options.models / f"ours-{seed}", document, FOLDER)
    turns = Turns(rival)
    finished = train(run, turns.hear)
    turns.let(None)
    return turns, finished


def facts(turns: Turns, finished: Finished, test: float, seed: int) -> dict[str, Any]:
    """What one race came to; seconds are None where a contestant never got there."""
    goal = max(turns.theirs, key=lambda one: one["accuracy"])
    reached = next((one["seconds"] for one in turns.ours if one["accuracy"] >= goal["accuracy"]), None)
    scores = {part: evaluation.scores["accuracy"].value for part, evaluation in finished.evaluations.items()}
    return {
        "seed": seed,
        "our_seconds": reached and round(reached, 1),
        "their_seconds": round(goal["seconds"], 1),
        "our_accuracy": {part: round(value, 3) for part, value in scores.items()},
        "their_accuracy": {"dev": round(goal["accuracy"], 3), "test": round(test, 3)},
        "our_seconds_in_all": round(turns.ours[-1]["seconds"], 1),
        "their_seconds_in_all": round(turns.theirs[-1]["seconds"], 1),
        "our_dev": [[round(one["seconds"], 1), round(one["accuracy"], 2)] for one in turns.ours],
        "their_dev": [[round(one["seconds"], 1), round(one["accuracy"], 2)] for one in turns.theirs],
    }


def main() -> None:
    """Race once with each seed."""
    parser = race_arguments(__doc__)
    parser.add_argument("--models", type=Path, required=True, help="new folder for the models of both")
    parser.add_argument("--seeds", default="1", help="such as 1,2,3: one race each")
    parser.add_argument("-o", "--override", action="append", default=[], help="laid over our recipe")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    found = []
    for seed in map(int, options.seeds.split(",")):
        with Rival(options.peer_python, "spacy_rival.py") as rival, tempfile.TemporaryDirectory() as folder:
            versions = rival.ask("versions").value
            turns, finished = race(options, rival, seed, Path(folder))
            rival.ask("load", str(options.models / f"spacy-{seed}"))
            test = rival.ask("accuracy", str(Path(folder) / "test.jsonl")).value
            found.append(facts(turns, finished, test, seed))
    ratios = [one["our_seconds"] / one["their_seconds"] if one["our_seconds"] else float("inf") for one in found]
    record(QUESTION, ratios, options, found, versions)


if __name__ == "__main__":
    main()
