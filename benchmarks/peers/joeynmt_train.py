"""Target tokens a second in training over JoeyNMT's: the same network, weights, batches, loss and optimizer.

Both begin each turn at our weights with a fresh optimizer, and train on the same batches of 64 sentences in an order at
random; that their losses agree at every update is asserted. Further on, they would part: an optimizer's first updates
make steps of one size of gradients of any, so that what was rounding grows from update to update. Processor seconds of
making the batch, both passes, clipping and the update count. The same without input feeding, which JoeyNMT also has but
ours then computes for all steps at once, and batches of sentences of like lengths, which ours takes and JoeyNMT does
not, are no part of the race.

    python benchmarks/peers/joeynmt_train.py --data DIR --peer-python PEERS/bin/python --output results
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from multi30k import SMOOTHING, Ours, hand_over, settings
from rival import Question, Rival, command, race_arguments, report

QUESTION = Question(
    "bench-joeynmt-train", "target tokens trained on a second over JoeyNMT's, the same recurrent network", "higher", 2.5
)
RUNS, WARM_UP = 3, 2


def entropy(words: int) -> float:
    """Of smoothed targets, as JoeyNMT spreads them: what its loss, a divergence, leaves out of cross entropy."""
    return -(1 - SMOOTHING) * math.log(1 - SMOOTHING) - SMOOTHING * math.log(SMOOTHING / (words - 2))


def turn(ours: Ours, rival: Rival, weights: Path, updates: int) -> tuple[float, float, list[float], list[float]]:
    """Our seconds, theirs, and the losses of both, from our weights on."""
    ours.weigh(weights)
    rival.ask("weigh", str(weights))
    begun = time.process_time()
    losses = ours.train(updates)
    seconds = time.process_time() - begun
    answer = rival.ask("train", updates)
    return seconds, answer.seconds, losses, answer.value


def run(ours: Ours, rival: Rival, weights: Path, turns: int, updates: int) -> dict[str, Any]:
    """Some turns of both; tokens a second, by the processor."""
    first = ours.done
    found = [turn(ours, rival, weights, updates) for _ in range(turns)]
    spent = [sum(one[i] for one in found) for i in range(2)]
    losses = [[loss for one in found for loss in one[i]] for i in (2, 3)]
    shift = entropy(ours.codec.sizes.target.count)
    away = max(abs(mine - theirs - shift) for mine, theirs in zip(*losses, strict=True))
    assert away < 0.02, f"the losses differ by {away}"
    tokens = ours.tokens(first, ours.done)
    told = {
        "our_tokens_per_second": round(tokens / spent[0]),
        "their_tokens_per_second": round(tokens / spent[1]),
        "losses_differ_by": round(away, 5),
        "last_loss": round(losses[0][-1], 3),
    }
    print(told, file=sys.stderr)
    return told | {"ratio": spent[0] / spent[1]}


def main() -> None:
    """Race, after some updates of each for warmth."""
    parser = race_arguments(__doc__)
    parser.add_argument("--updates", type=int, default=5, help="of each in a turn")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with Rival(options.peer_python, "joeynmt_rival.py") as rival, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        hand_over(options.data, place)
        ours = Ours.begin(place)
        learned = rival.ask("begin", settings(place, ours.codec.target.vocabulary.words)).value
        weights, turns = place / "weights.npz", max(options.rounds, 3)
        turn(ours, rival, weights, WARM_UP)
        runs = [run(ours, rival, weights, turns, options.updates) for _ in range(RUNS)]
        versions = rival.ask("versions").value
    ratios = [one.pop("ratio") for one in runs]
    told = {"weights": learned, "updates_of_each_in_a_run": options.updates * turns, "told": runs}
    report(QUESTION, ratios, options, {"command": command(options), "versions": versions, **told})


if __name__ == "__main__":
    main()
