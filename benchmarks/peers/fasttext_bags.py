"""Speed of our linear bag of n-grams over fastText's bag, trained on the same reviews, and how often each is right.

Both read the same files of words between spaces (characters in Chinese) and use n-grams up to the same length.
fastText has the settings of its authors' script for classification and, of four learning rates, the one that is best on
dev; choosing takes none of its time. Training is timed from the file to the model, prediction from a list of lines to
labels, both in processor seconds, turn by turn. A speed is words of the file a second, however often each is seen.

    python -m venv PEERS && PEERS/bin/pip install -r benchmarks/peers/requirements-fasttext.txt
    python benchmarks/peers/fasttext_bags.py imdb-linear --data DIR --peer-python PEERS/bin/python --output results
    python benchmarks/peers/fasttext_bags.py hotel-zh-linear --data DIR --peer-python PEERS/bin/python --output results
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from reviews import Reviews, accuracy, learn, reviews
from rival import Question, Rival, race_arguments, record

from seqweave.recipes.reproduce import Reproduction

GOAL = 0.3
WHAT = {"train": "training of a bag of n-grams, from file to model", "predict": "labels of lines by a bag of n-grams"}
Seconds = list[tuple[float, float]]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of a piece of work, and what came of it."""
    begun = time.process_time()
    found = work()
    return time.process_time() - begun, found


def race(model: dict[str, Any], data: Reviews, rival: Rival, turns: int) -> tuple[dict[str, Seconds], dict[str, Any]]:
    """Our seconds and theirs of each turn, and what both came to on one split."""
    ngrams, seconds = model["ngrams"], {"train": [], "predict": []}
    rates = rival.ask("choose", data.file("train"), data.file("dev"), ngrams).value
    rate = float(max(rates, key=rates.get))
    rival.ask("read", str(data.folder / "lines.txt"))
    lines = (data.folder / "lines.txt").read_text(encoding="utf-8").splitlines()
    for _ in range(turns):
        spent, predictor = timed(lambda: learn(model, data.file("train")))
        seconds["train"].append((spent, rival.ask("train", data.file("train"), ngrams, rate).seconds))
        print(f"train {seconds['train'][-1]}", file=sys.stderr)
    predictor(lines)
    for _ in range(turns):
        spent, _ = timed(lambda: [answer["answer"][0] for answer in predictor.stream(lines)])
        seconds["predict"].append((spent, rival.ask("predict").seconds))
        print(f"predict {seconds['predict'][-1]}", file=sys.stderr)
    ours = {part: round(accuracy(predictor, data, part), 3) for part in ("dev", "test")}
    theirs = {part: round(rival.ask("accuracy", data.file(part)).value, 3) for part in ("dev", "test")}
    return seconds, {"our_accuracy": ours, "their_accuracy": theirs, "their_learning_rate": rate}


def tell(verb: str, options: argparse.Namespace, found: list[Any], versions: dict[str, str]) -> None:
    """One record: of training or of prediction."""
    facts, ratios = [], []
    for seed, words, seconds, came in found:
        ours, theirs = map(min, zip(*seconds[verb], strict=True))
        speeds = {
            "our_words_per_second": round(words[verb] / ours),
            "their_words_per_second": round(words[verb] / theirs),
        }
        facts.append({"seed": seed, "words": words[verb], **speeds, **came})
        ratios += [pair[0] / pair[1] for pair in seconds[verb]]
    name = options.recipe.split("-")[0]
    question = Question(
        f"bench-fasttext-{name}-{verb}", f"{WHAT[verb]}, {options.recipe} over fastText", "higher", GOAL
    )
    record(question, ratios, options, facts, versions)


def main() -> None:
    """Race on every split of the recipe."""
    parser = race_arguments(__doc__)
    parser.add_argument("recipe", choices=["imdb-linear", "hotel-zh-linear"])
    parser.set_defaults(rounds=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    plan, found = Reproduction.of(options.recipe, options.data, (), ()), []
    document = plan.document()
    with Rival(options.peer_python, "fasttext_rival.py") as rival:
        versions = rival.ask("versions").value
        for seed in plan.seeds:
            with tempfile.TemporaryDirectory() as folder:
                data = reviews(document, seed, Path(folder))
                seconds, came = race(document.values["model"], data, rival, options.rounds)
                found.append((seed, data.words, seconds, came))
    for verb in WHAT:
        tell(verb, options, found, versions)


if __name__ == "__main__":
    main()
