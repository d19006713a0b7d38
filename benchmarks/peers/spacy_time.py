"""Training time of our tagger until it is as good as spaCy's gets, over what spaCy needs for it.

Both train on the same sentences of English Web Treebank to tell universal parts of speech, spaCy as its own recommended
settings say, and are judged on the same dev tokens, each as often as its settings say; processor seconds of reading,
evaluating and saving count. The two take turns: whenever ours has evaluated, spaCy trains until it has spent as much.
Both best models stay in a folder, for spacy_speed.py.

    python -m venv PEERS && PEERS/bin/pip install -r benchmarks/peers/requirements-spacy.txt
    python benchmarks/peers/spacy_time.py --data DIR --peer-python PEERS/bin/python --models MODELS --output results
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from ewt import hand_over, recipe, sentences
from rival import Question, Rival, race_arguments, record
from turns import Turns

from seqweave.recipes.folder import RunFolder
from seqweave.recipes.shipped import FOLDER
from seqweave.recipes.train import Finished, train

QUESTION = Question(
    "bench-spacy-tagger-time",
    "processor seconds of training until dev accuracy is the best of spaCy's tagger, UD English EWT",
    "lower",
    0.5,
)


def race(options: Any, rival: Rival, seed: int, folder: Path) -> tuple[Turns, Finished]:
    """Train both with one seed."""
    document = recipe(options.data, [*options.override, f"training.seed={seed}"])
    files = hand_over(sentences(document), folder)
    rival.ask("begin", files["train"], files["dev"], str(options.models / f"spacy-{seed}"), seed)
    run = RunFolder.create(options.models / f"ours-{seed}", document, FOLDER)
    turns = Turns("accuracy", lambda until: rival.ask("train", until).value)
    finished = train(run, turns.hear)
    turns.let(None)
    return turns, finished


def facts(turns: Turns, finished: Finished, test: float, seed: int) -> dict[str, Any]:
    """What one race came to; seconds are None where a contestant never got there."""
    told = turns.facts()
    scores = {part: evaluation.scores["accuracy"].value for part, evaluation in finished.evaluations.items()}
    return {
        "seed": seed,
        **told,
        "our_accuracy": {part: round(value, 3) for part, value in scores.items()},
        "their_accuracy": {"dev": told["their_best_dev"], "test": round(test, 3)},
    }


def main() -> None:
    """Race once with each seed."""
    parser = race_arguments(__doc__)
    parser.add_argument("--models", type=Path, required=True, help="new folder for the models of both")
    parser.add_argument("--seeds", default="1", help="such as 1,2,3: one race each")
    parser.add_argument("-o", "--override", action="append", default=[], help="laid over our recipe")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    found, ratios = [], []
    for seed in map(int, options.seeds.split(",")):
        with Rival(options.peer_python, "spacy_rival.py") as rival, tempfile.TemporaryDirectory() as folder:
            versions = rival.ask("versions").value
            turns, finished = race(options, rival, seed, Path(folder))
            rival.ask("load", str(options.models / f"spacy-{seed}"))
            test = rival.ask("accuracy", str(Path(folder) / "test.jsonl")).value
            found.append(facts(turns, finished, test, seed))
            ratios.append(turns.ratio())
    record(QUESTION, ratios, options, found, versions)


if __name__ == "__main__":
    main()
