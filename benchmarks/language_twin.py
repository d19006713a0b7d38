"""The losses of a shipped language model over those of a plain PyTorch twin, step by step, from the same weights.

The twin is what one writes in an afternoon: nn.Embedding, an nn.LSTM for each layer, nn.Linear, F.cross_entropy over
all scores, a torch optimizer and clipping. Both begin with the same numbers and read the same windows of the recipe's
own data. Without dropout their losses differ by rounding alone; with it (`--dropout`) each draws its own, and they are
equal within noise. Recipes of an LSTM without further remedies have such a twin: ptb-lstm-medium, -large and -small,
and ptb-tied-small. The result is named after the recipe; its ratio is our mean loss over the last third of the steps
over the twin's, its runs are those of each third.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from statistics import fmean

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from measuring import Question, arguments, record
from torch import Tensor, nn

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

GOAL, THIRDS, SHOWN = 1.01, 3, 10
RATES = ("model.embed.dropout", "model.encoder.dropout")


class Twin(nn.Module):
    """The same network in plain PyTorch, its weights copied."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        state, config = model.state_dict(), model.config
        self.embed = nn.Embedding(*model.table.weight.shape, padding_idx=0)
        sizes = [config.embed.dim, *[model.encoder.out_dim] * len(model.encoder.layers)]
        self.layers = nn.ModuleList(nn.LSTM(size, above, batch_first=True) for size, above in pairwise(sizes))
        self.words = nn.Linear(sizes[-1], self.embed.num_embeddings)
        self.read, self.above = nn.Dropout(config.embed.dropout.rate), nn.Dropout(config.encoder.dropout.rate)
        self.embed.load_state_dict({"weight": state["table.weight"]})
        for depth, layer in enumerate(self.layers):
            prefix = f"encoder.layers.{depth}.forwards.cell."
            layer.load_state_dict({name: state[prefix + name] for name in layer.state_dict()})
        self.words.load_state_dict({name: state[f"scores.words.{name}"] for name in ("weight", "bias")})
        if config.tie:
            self.words.weight = self.embed.weight

    def forward(self, tokens: Tensor, carry: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Scores. Shapes (batch, time), (1, batch, hidden) of each layer -> (batch, time, tokens)."""
        x, after = self.read(self.embed(tokens)), []
        for depth, layer in enumerate(self.layers):
            found, state = layer(x, carry[depth] if carry else None)
            x = self.above(found)
            after.append(tuple(part.detach() for part in state))
        return self.words(x), after


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


def theirs(twin: Twin, recipe: Recipe, stream: Stream) -> Iterator[float]:
    """The twin's mean loss, step by step."""
    config = recipe.training
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    optimizer = kinds[config.optimizer.kind](twin.parameters(), lr=config.learning_rate)
    carry: list[tuple[Tensor, Tensor]] = []
    for draw, batch, rate in draws(stream, recipe):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        scores, carry = twin(batch.inputs, [] if draw.fresh else carry)
        loss = F.cross_entropy(scores[batch.mask], batch.targets[batch.mask])
        loss.backward()
        nn.utils.clip_grad_norm_(twin.parameters(), config.clip)
        optimizer.step()
        yield loss.item()


def ours(step: GradientStep, recipe: Recipe, stream: Stream) -> Iterator[float]:
    """Our mean loss, step by step."""
    step.model.train()
    for draw, batch, rate in draws(stream, recipe):
        sums = step([Portion(draw, batch)], rate)
        yield sums.total / sums.count


def main() -> None:
    """Train both for some steps, and compare their losses."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="ptb-lstm-medium")
    parser.add_argument("--data", type=Path, required=True, help="folder of the recipe's data set")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--dropout", action="store_true", help="with the recipe's dropout; otherwise without any")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    still = () if options.dropout else tuple(f"{name}=0.0" for name in RATES)
    recipe = read(Reproduction(options.recipe, options.data, still, (1,)).document())
    material = gather(recipe.data, options.data, 1)
    codec = material.task.fit(material.parts["train"], recipe.model.features(), material.tokenizer)
    torch.manual_seed(recipe.training.seed)
    model = recipe.model.build(codec.sizes)
    assert isinstance(model, LanguageModel), "a recipe of a language model"
    twin = Twin(model)
    dataset = codec.encode(material.parts["train"])
    stream = stream_of(recipe.task, dataset, recipe.training, lambda row: Place("", row))
    step = GradientStep(model, recipe.training, Devices(recipe.training.precision, cpu=True))
    # they take turns, so that a short look shows both
    both = zip(ours(step, recipe, stream), theirs(twin, recipe, stream), strict=True)
    pairs = list(islice(both, options.steps))
    third = max(len(pairs) // THIRDS, 1)
    parts = [pairs[start : start + third] for start in range(0, third * THIRDS, third)]
    ratios = [round(fmean(a for a, _ in part) / fmean(b for _, b in part), 5) for part in parts if part]
    how = "the recipe's dropout" if options.dropout else "no dropout"
    what = f"mean loss of {options.recipe} over a plain PyTorch twin's, {options.steps} steps, {how}"
    told = {name: [round(pair[side], 4) for pair in pairs[::SHOWN]] for side, name in enumerate(("ours", "theirs"))}
    largest = max(abs(a - b) / b for a, b in pairs)
    question = Question(f"bench-twin-{options.recipe}", what, "lower", GOAL)
    record(question, ratios[-1], ratios, options, {"largest_difference": round(largest, 6), "losses": told})


if __name__ == "__main__":
    main()
