"""Words that our tagger tags a second, from raw text to words and tags, over spaCy's; and how often each is right.

Races the models that spacy_time.py left in a folder. Each cuts the texts of the test part into words with its own
tokenizer, alone on one thread, turn by turn; a word is a word of the treebank, so both are divided by one number.
Accuracy is that on the treebank's own words. Other runs of ours, named with --also, race along; their numbers stand
among the facts.

    python benchmarks/peers/spacy_speed.py --data DIR --peer-python PEERS/bin/python --models MODELS --output results
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch
from ewt import hand_over, recipe, sentences
from rival import Question, Rival, race_arguments, record

import seqweave
from seqweave.core.files import write_text
from seqweave.core.json_text import read_json
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.predictor import Predictor

QUESTION = Question(
    "bench-spacy-tagger-speed", "words tagged a second from raw text over spaCy's tagger", "higher", 5.0
)
THEIRS = "spaCy"
TURNS = 3
"""Of each contestant in a run, of which its best counts."""


def tagged(predictor: Predictor, lines: list[str]) -> float:
    """Processor seconds from lines to words and tags."""
    begun = time.process_time()
    found = [[(token["word"], token["entity"]) for token in a["tokens"]] for a in predictor.stream(lines)]
    assert len(found) == len(lines)
    return time.process_time() - begun


def race(contestants: dict[str, Any], rounds: int) -> list[dict[str, float]]:
    """The least seconds of each in every run, after a warm-up."""
    runs = []
    for _ in range(rounds + 1):
        turns = [{name: work() for name, work in contestants.items()} for _ in range(TURNS if runs else 1)]
        runs.append({name: min(turn[name] for turn in turns) for name in contestants})
        print(runs[-1], file=sys.stderr)
    return runs[1:]


def accuracy(run: RunFolder) -> float:
    """Percent of the test words that a run of ours got right."""
    scores = read_json(run.path / "scores.json")
    return float(scores["test"]["scores"]["accuracy"]["value"])


def main() -> None:
    """Race the models of one seed."""
    parser = race_arguments(__doc__)
    parser.add_argument("--models", type=Path, required=True, help="folder that spacy_time.py filled")
    parser.set_defaults(rounds=3)
    parser.add_argument("--seed", type=int, default=1, help="of the models")
    parser.add_argument("--also", type=Path, action="append", default=[], help="another run of ours that races along")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    runs = [RunFolder.open(path) for path in (options.models / f"ours-{options.seed}", *options.also)]
    gold = sentences(recipe(options.data, ()))
    lines, words = [one.text for one in gold["test"]], sum(len(one.tokens) for one in gold["test"])
    with Rival(options.peer_python, "spacy_rival.py") as rival, tempfile.TemporaryDirectory() as folder:
        files, texts = hand_over(gold, Path(folder)), Path(folder) / "texts.txt"
        write_text(texts, "\n".join(lines))
        rival.ask("load", str(options.models / f"spacy-{options.seed}"))
        rival.ask("read", str(texts))
        ours = {run.path.name: partial(tagged, seqweave.load(run.path), lines) for run in runs}
        found = race({**ours, THEIRS: lambda: rival.ask("tag", 0, len(lines)).seconds}, options.rounds)
        right = {run.path.name: accuracy(run) for run in runs} | {THEIRS: rival.ask("accuracy", files["test"]).value}
        versions = rival.ask("versions").value
    facts = [
        {
            "our_run": name,
            "our_accuracy": {"test": round(right[name], 3)},
            "their_accuracy": {"test": round(right[THEIRS], 3)},
            "our_words_per_second": [round(words / run[name]) for run in found],
            "their_words_per_second": [round(words / run[THEIRS]) for run in found],
        }
        for name in ours
    ]
    record(QUESTION, [run[runs[0].path.name] / run[THEIRS] for run in found], options, facts, versions)


if __name__ == "__main__":
    main()
