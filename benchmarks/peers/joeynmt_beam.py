"""Sentences translated a second by beam search over JoeyNMT's: the same trained network, beam, batches and limits.

Ours is trained for a few hundred updates, so that sentences end where they should, and its weights are handed over:
both search with the same numbers. From the pieces of a source to the pieces of its translation, 200 sentences of the
test part in batches of 64, turn by turn, in processor seconds. The BLEU of both stands beside.

    python benchmarks/peers/joeynmt_beam.py --data DIR --peer-python PEERS/bin/python --output results
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import torch
from multi30k import BEAM, TEST, Ours, hand_over, pairs, settings
from rival import Question, Rival, command, race_arguments, report

from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.metrics.translation import bleu

QUESTION = Question(
    "bench-joeynmt-beam",
    f"sentences translated a second by a beam of {BEAM} over JoeyNMT's, the same weights",
    "higher",
    3.0,
)
RUNS = 3


def race(ours: Ours, rival: Rival, turns: int) -> tuple[dict[str, float], dict[str, list[str]]]:
    """The least seconds of each over some turns, and what each wrote."""
    seconds, texts = {"our": float("inf"), "their": float("inf")}, dict[str, list[str]]()
    for _ in range(turns):
        begun = time.process_time()
        texts["our"] = ours.translate()
        seconds["our"] = min(seconds["our"], time.process_time() - begun)
        answer = rival.ask("translate")
        texts["their"] = answer.value
        seconds["their"] = min(seconds["their"], answer.seconds)
    print(seconds, file=sys.stderr)
    return seconds, texts


def quality(tokenizer: Tokenizer, pieces: list[str], gold: list[str]) -> float:
    """BLEU of texts in pieces."""
    return round(bleu(gold, [tokenizer.join(text.split()) for text in pieces], "none").value, 2)


def main() -> None:
    """Train ours, hand its weights over, and race."""
    parser = race_arguments(__doc__)
    parser.set_defaults(rounds=3)
    parser.add_argument("--updates", type=int, default=1200, help="of ours, before the race")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    gold = [target for _, target in pairs(options.data, "test")]
    with Rival(options.peer_python, "joeynmt_rival.py") as rival, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        tokenizer = hand_over(options.data, place)
        ours = Ours.begin(place)
        rival.ask("begin", settings(place, ours.codec.target.vocabulary.words))
        losses = ours.train(options.updates)
        ours.weigh(place / "weights.npz")
        rival.ask("weigh", str(place / "weights.npz"))
        runs, texts = zip(*(race(ours, rival, options.rounds) for _ in range(RUNS)), strict=True)
        versions = rival.ask("versions").value
    wrote = texts[-1]
    told = {
        "updates": options.updates,
        "last_loss": round(losses[-1], 3),
        "alike": sum(mine == theirs for mine, theirs in zip(wrote["our"], wrote["their"], strict=True)),
        **{f"{whose}_bleu": quality(tokenizer, pieces, gold) for whose, pieces in wrote.items()},
        **{f"{whose}_pieces": sum(len(text.split()) for text in pieces) for whose, pieces in wrote.items()},
        **{f"{whose}_sentences_per_second": [round(TEST / run[whose], 1) for run in runs] for whose in wrote},
    }
    more = {"command": command(options), "versions": versions, "told": told}
    report(QUESTION, [run["our"] / run["their"] for run in runs], options, more)


if __name__ == "__main__":
    main()
