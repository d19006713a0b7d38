"""Words a second in which a recipe trains with another recurrence, over those with its own, in one process.

Both are the shipped recipe with its own data, batches, dropout and optimizer, and take turns in one process: the same
block of steps each, timed by the processor; the medians of their ratios count. What both share, embeddings, the layer
that answers and the optimizer, weighs on them: the less of the time the recurrence takes, the less another can win.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import torch
from measuring import RUNS, Question, arguments, changes, report

from seqweave.core.errors import Place
from seqweave.recipes.material import gather
from seqweave.recipes.recipe import read
from seqweave.recipes.reproduce import Reproduction
from seqweave.training.contiguous import stream_of
from seqweave.training.contract import Portion
from seqweave.training.devices import Devices
from seqweave.training.step import GradientStep

GOAL, WARM, BLOCK = 1.3, 3, 20


def training(
    name: str,
    data: Path,
    overrides: tuple[str, ...],
    *,
    cpu: bool = True,
    clock: Callable[[], float] = time.process_time,
) -> Iterator[float]:
    """Train; yields the seconds of each block of steps, over its tokens."""
    recipe = read(Reproduction(name, data, overrides, (1,)).document())
    material = gather(recipe.data, data, 1)
    corpus, config = material.parts["train"], recipe.training
    codec = material.task.fit(corpus, recipe.model.features(), material.tokenizer)
    stream = stream_of(recipe.task, codec.encode(corpus), config, lambda row: Place("", row))
    torch.manual_seed(config.seed)
    step = GradientStep(recipe.model.build(codec.sizes), config, Devices(config.precision, cpu=cpu))
    step.model.train()
    while True:
        draws = iter(stream.epoch(0))
        for _ in range(WARM):
            step([Portion(draw := next(draws), stream.batch(draw))], config.learning_rate)
        while len(taken := [draw for draw, _ in zip(draws, range(BLOCK), strict=False)]) == BLOCK:
            begun = clock()
            for draw in taken:
                step([Portion(draw, stream.batch(draw))], config.learning_rate)
            step.settle()
            yield (clock() - begun) / sum(stream.tokens(draw) for draw in taken)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("recipe", help="a shipped one whose encoder is recurrent, such as ewt-upos")
    parser.add_argument("--data", type=Path, required=True, help="folder of the recipe's data set")
    parser.add_argument("--kind", default="qrnn", help="of the other encoder")
    parser.add_argument("--goal", type=float, default=GOAL, help="the ratio that is wanted; a tagger's if not given")
    parser.add_argument("-o", "--override", action="append", default=[], help="of the other's, KEY=VALUE")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    other = (f"model.encoder.kind={options.kind}", *options.override)
    ours, theirs = (training(options.recipe, options.data, given) for given in (other, ()))
    turns = [(next(ours), next(theirs)) for _ in range(RUNS * options.rounds)]
    runs = [turns[run * options.rounds : (run + 1) * options.rounds] for run in range(RUNS)]
    what = f"words/s in training of {options.recipe} with {' '.join(other)} over those as shipped"
    name = "-".join(["bench-encoder", options.recipe, options.kind, *changes(options.override)])
    question = Question(name, what, "higher", options.goal)
    speeds = {
        who: round(1 / median(turn[side] for turn in turns)) for side, who in enumerate((options.kind, "as shipped"))
    }
    report(question, [median(a / b for a, b in run) for run in runs], options, {"words_per_second": speeds})


if __name__ == "__main__":
    main()
