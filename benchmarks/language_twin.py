"""The losses of a shipped language model over those of a plain PyTorch twin, step by step, from the same weights.

The twin is what one writes in an afternoon (twins.py), with a torch optimizer and clipping. Both begin with the same
numbers and read the same windows of the recipe's own data, without what is drawn at random and without costs of states
or weights, so that their losses differ by rounding alone; with the dropout that recipes of plain LSTMs have
(`--dropout`) each draws its own, and they are equal within noise. Shipped recipes of LSTMs and of quasi-recurrent
networks have such a twin, those with a pointer sentinel or the augmented loss, too. The result is named after the
recipe and what is laid over it; its ratio is our mean loss over the last third of the steps over the twin's, its runs
are those of each third. At rates of 30 rounding parts the two within some 30 steps; `-o training.learning_rate=3` tells
whether they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean

import torch
from measuring import Question, arguments, changes, record
from torch import nn
from twins import Carry, Twin

from seqweave.core.errors import Place
from seqweave.models.language_model import LanguageModel
from seqweave.recipes.material import gather
from seqweave.recipes.recipe import Recipe, read
from seqweave.recipes.reproduce import Reproduction
from seqweave.training.contiguous import stream_of
from seqweave.training.contract import Batch, Draw, Portion, Stream
from seqweave.training.devices import Devices
from seqweave.training.schedules.contract import Moment
from seqweave.training.step import GradientStep

GOAL, THIRDS, SHOWN = 0.01, 3, 10
REMEDIES = (
    "model.embed.dropout=0.0",
    "model.embed.row_dropout=0.0",
    "model.encoder.dropout=0.0",
    "model.encoder.weight_drop=0.0",
    "model.output_dropout=0.0",
    "model.activation=0.0",
    "model.temporal_activation=0.0",
    "training.l2={}",
)
"""What a twin does without."""


@dataclass(frozen=True)
class Pair:
    """A shipped model and its twin, and the windows that both read."""

    recipe: Recipe
    step: GradientStep
    twin: Twin
    train: Stream
    dev: Stream

    @property
    def model(self) -> LanguageModel:
        assert isinstance(self.step.model, LanguageModel), "a recipe of a language model"
        return self.step.model


def pair(name: str, data: Path, overrides: Sequence[str] = (), *, dropout: bool = False) -> Pair:
    """Both before their first step, with the same weights.

    Args:
        name: of the shipped recipe.
        data: folder of its data set.
        overrides: values laid over it.
        dropout: with the recipe's, which is all that a plain LSTM has; otherwise without any.
    """
    recipe = read(Reproduction(name, data, (*overrides, *(() if dropout else REMEDIES)), (1,)).document())
    material = gather(recipe.data, data, 1)
    codec = material.task.fit(material.parts["train"], recipe.model.features(), material.tokenizer)
    torch.manual_seed(recipe.training.seed)
    model = recipe.model.build(codec.sizes)
    assert isinstance(model, LanguageModel), "a recipe of a language model"
    train, dev = (
        stream_of(recipe.task, codec.encode(material.parts[part]), recipe.training, lambda row: Place("", row))
        for part in ("train", "dev")
    )
    step = GradientStep(model, recipe.training, Devices(recipe.training.precision, cpu=True))
    return Pair(recipe, step, Twin(model), train, dev)


def draws(stream: Stream, recipe: Recipe) -> Iterator[tuple[Draw, Batch, float]]:
    """Windows in the order of training, and the rate of each."""
    config, step = recipe.training, 0
    for epoch in range(config.epochs):
        found = stream.epoch(epoch)
        for index, draw in enumerate(found):
            done = (epoch + index / len(found)) / config.epochs
            moment = Moment(step, done, config.warmup_steps, epoch=epoch)
            rate = config.learning_rate * moment.rise * config.schedule.factor(moment) * draw.scale
            yield draw, stream.batch(draw), rate
            step += 1


def theirs(both: Pair) -> Iterator[float]:
    """The twin's mean loss, step by step."""
    twin, config = both.twin.train(), both.recipe.training
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    optimizer = kinds[config.optimizer.kind](twin.parameters(), lr=config.learning_rate, fused=True)
    carry: Carry = []
    for draw, batch, rate in draws(both.train, both.recipe):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss, carry = twin.loss(batch, [] if draw.fresh else carry)
        loss.backward()
        nn.utils.clip_grad_norm_(twin.parameters(), config.clip)
        optimizer.step()
        yield loss.item()


def ours(both: Pair) -> Iterator[float]:
    """Our mean loss, step by step."""
    both.model.train()
    for draw, batch, rate in draws(both.train, both.recipe):
        sums = both.step([Portion(draw, batch)], rate)
        yield sums.total / sums.count


def main() -> None:
    """Train both for some steps, and compare their losses."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="ptb-lstm-medium")
    parser.add_argument("--data", type=Path, required=True, help="folder of the recipe's data set")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("-o", "--override", action="append", default=[], help="laid over the recipe, KEY=VALUE")
    parser.add_argument("--dropout", action="store_true", help="with the recipe's dropout; otherwise without any")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    both = pair(options.recipe, options.data, options.override, dropout=options.dropout)
    # they take turns, so that a short look shows both
    pairs = list(islice(zip(ours(both), theirs(both), strict=True), options.steps))
    third = max(len(pairs) // THIRDS, 1)
    parts = [pairs[start : start + third] for start in range(0, third * THIRDS, third)]
    ratios = [round(fmean(a for a, _ in part) / fmean(b for _, b in part), 5) for part in parts if part]
    how = "the recipe's dropout" if options.dropout else "without dropout or costs of states and weights"
    name = " ".join([options.recipe, *options.override])
    what = f"mean loss of {name} over a plain PyTorch twin's, {options.steps} steps, {how}"
    told = {name: [round(losses[side], 4) for losses in pairs[::SHOWN]] for side, name in enumerate(("ours", "theirs"))}
    largest = max(abs(a - b) / b for a, b in pairs)
    question = Question("-".join(["bench-twin", options.recipe, *changes(options.override)]), what, "equal", GOAL)
    record(question, ratios[-1], ratios, options, {"largest_difference": round(largest, 6), "losses": told})


if __name__ == "__main__":
    main()
