"""Training time of a shipped recipe over that of a plain PyTorch prototype of the same task, whole training over whole.

The prototype is what one writes in an afternoon: embeddings, one nn.LSTM for each direction, a linear layer or a CRF in
a loop, fused Adam, an average of the weights; its sizes, batches and passes are those of the calibration. Both
train on the recipe's own data and take turns, batch after batch; seconds a token times the tokens of all passes is the
time of the whole training, evaluations not counted on either side.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from measuring import RUNS, Question, arguments, report
from torch import Tensor, nn

from seqweave.core.errors import Place
from seqweave.data.batches import LabelBatch, TagBatch
from seqweave.recipes.material import gather
from seqweave.recipes.recipe import read
from seqweave.recipes.reproduce import Reproduction
from seqweave.training.averages.contract import AverageConfig
from seqweave.training.contract import Portion
from seqweave.training.devices import Devices
from seqweave.training.step import GradientStep
from seqweave.training.stream import TaskStream

GOAL, AVERAGE, CHARACTERS, CHARACTER_DIM, BLOCK_SECONDS = 1.2, 0.998, "characters", 32, 3.0


@dataclass(frozen=True)
class Plan:
    """A prototype: sizes of the vectors it reads by feature, its LSTM, what it answers with, and its training.

    `limit` is how many tokens of a text it reads; `needed` is our pass whose dev score is first above the prototype's,
    where our whole training goes far beyond it.
    """

    vectors: dict[str, int]
    hidden: int
    answers: str
    passes: int
    rows: int
    rate: float = 2e-3
    limit: int | None = None
    needed: int | None = None


PLANS = {
    "ewt-upos": Plan({"words": 100, "affixes": 96}, 200, "tags", 10, 16),
    "conll2000-chunk": Plan({"words": 100, "affixes": 64, CHARACTERS: 64}, 150, "crf", 10, 16),
    "conll2003-ner": Plan({"words": 100, "affixes": 64, CHARACTERS: 64}, 150, "crf", 15, 16),
    "resume-ner-zh": Plan({"words": 64, "ngrams": 50}, 150, "crf", 12, 16),
    "sst5": Plan({"words": 100}, 128, "label", 4, 64, 1e-3),
    "hotel-zh": Plan({"words": 64, "ngrams": 64}, 100, "label", 6, 32, 1e-3),
    "imdb-network": Plan({"words": 100}, 100, "label", 2, 32, 1e-3, limit=400, needed=3),
}
AFFIX_DIM = {96: 24, 64: 16}


class Prototype(nn.Module):
    """Embeddings, a bidirectional LSTM, and tags, a CRF or a label over its maximum."""

    def __init__(self, plan: Plan, counts: dict[str, int], labels: int) -> None:
        super().__init__()
        self.plan = plan
        dims = {
            n: AFFIX_DIM[d] if n == "affixes" else CHARACTER_DIM if n == CHARACTERS else d
            for n, d in plan.vectors.items()
        }
        self.tables = nn.ModuleDict({n: nn.Embedding(counts[n], dim, padding_idx=0) for n, dim in dims.items()})
        if "affixes" in dims:
            self.affixes = nn.Linear(8 * dims["affixes"], plan.vectors["affixes"])
        if CHARACTERS in dims:
            self.filters = nn.Conv1d(CHARACTER_DIM, plan.vectors[CHARACTERS], 3, padding=1)
        width = sum(plan.vectors.values())
        self.forwards = nn.LSTM(width, plan.hidden, batch_first=True)
        self.backwards = nn.LSTM(width, plan.hidden, batch_first=True)
        self.answer = nn.Linear(2 * plan.hidden, labels)
        self.between = nn.Parameter(torch.zeros(labels, labels))

    def embedded(self, features: dict[str, Tensor], name: str) -> Tensor:
        ids = features[name]
        vectors = self.tables[name](ids)
        if name == "affixes":
            vectors = self.affixes(vectors.flatten(1)).relu()
        if name == CHARACTERS:
            read = self.filters(vectors.transpose(1, 2)).masked_fill((ids == 0).unsqueeze(1), -1e4)
            vectors = read.amax(dim=2).relu()
        return vectors if name == "ngrams" else vectors[features["forms"]]

    def forward(self, features: dict[str, Tensor], mask: Tensor) -> Tensor:
        x = F.dropout(torch.cat([self.embedded(features, name) for name in self.plan.vectors], dim=-1))
        lengths, places = mask.sum(1, keepdim=True), torch.arange(mask.shape[1])
        turned = torch.where(places < lengths, lengths - 1 - places, places).unsqueeze(-1)
        back = self.backwards(x.gather(1, turned.expand_as(x)))[0]
        states = torch.cat([self.forwards(x)[0], back.gather(1, turned.expand_as(back))], dim=-1)
        if self.plan.answers == "label":
            states = states.masked_fill(~mask.unsqueeze(-1), -1e4).amax(dim=1)
        return self.answer(F.dropout(states))

    def loss(self, batch: LabelBatch | TagBatch) -> Tensor:
        mask, features = batch.tokens.mask[:, : self.plan.limit], dict(batch.tokens.features)
        features["forms"] = features["forms"][:, : self.plan.limit]
        scores = self(features, mask)
        if isinstance(batch, LabelBatch):
            return F.cross_entropy(scores, batch.targets.argmax(dim=1))
        if self.plan.answers == "tags":
            return F.cross_entropy(scores.flatten(0, 1), batch.tags.flatten())
        return self.crf(scores, batch.tags.clamp(min=0), mask) / mask.sum()

    def crf(self, scores: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        steps = self.between[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]
        gold = (scores.gather(2, tags.unsqueeze(2)).squeeze(2) * mask).sum() + steps.sum()
        turn, total = self.between.exp(), scores[:, 0]
        for time_, real in zip(scores.unbind(1)[1:], mask.unbind(1)[1:], strict=True):
            top = total.amax(dim=1, keepdim=True)
            moved = ((total - top).exp() @ turn).log() + top + time_
            total = torch.where(real.unsqueeze(1), moved, total)
        return total.logsumexp(dim=1).sum() - gold


def ours(step: GradientStep, stream: TaskStream, rate: float, average: AverageConfig) -> Iterator[int]:
    """Our steps; yields the tokens of each."""
    mean = average.build(step.model)
    step.model.train()
    number = 0
    for epoch in itertools.count():
        for draw in stream.epoch(epoch):
            number += 1
            step([Portion(draw, stream.batch(draw))], rate)
            mean.update(number)
            if number % 50 == 0:
                step.settle()
            yield stream.tokens(draw)


def theirs(model: Prototype, stream: TaskStream, rate: float) -> Iterator[int]:
    """The prototype's steps; yields the tokens of each."""
    weights = list(model.parameters())
    mean = [weight.detach().clone() for weight in weights]
    optimizer = torch.optim.Adam(weights, rate, fused=True)
    for epoch in itertools.count():
        for draw in stream.epoch(epoch):
            optimizer.zero_grad()
            model.loss(stream.batch(draw)).backward()
            nn.utils.clip_grad_norm_(weights, 5.0)
            optimizer.step()
            torch._foreach_lerp_(mean, [weight.detach() for weight in weights], 1 - AVERAGE)
            yield stream.tokens(draw)


def seconds_a_token(steps: Iterator[int]) -> float:
    """Over one block of steps."""
    begun, tokens = time.perf_counter(), 0
    while time.perf_counter() - begun < BLOCK_SECONDS:
        tokens += next(steps)
    return (time.perf_counter() - begun) / tokens


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("recipe", choices=PLANS)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    plan = PLANS[options.recipe]
    recipe = read(Reproduction(options.recipe, options.data, (), (1,)).document())
    material = gather(recipe.data, options.data, 1)
    corpus, config = material.parts["train"], recipe.training
    codec = material.task.fit(corpus, recipe.model.features(), material.tokenizer)
    dataset, sizes = codec.encode(corpus), codec.sizes
    step = GradientStep(recipe.model.build(sizes), config, Devices(cpu=True))
    stream = TaskStream("ours", dataset, config, lambda row: Place("", row))
    prototype = Prototype(plan, {name: size.count for name, size in sizes.features.items()}, sizes.labels.count)
    by_rows = config.model_copy(update={"batch_tokens": 10**9, "batch_rows": plan.rows})
    rival = theirs(prototype, TaskStream("theirs", dataset, by_rows, lambda row: Place("", row)), plan.rate)
    own = ours(step, stream, config.learning_rate, config.average)
    next(own), next(rival)
    rounds = [[(seconds_a_token(own), seconds_a_token(rival)) for _ in range(options.rounds)] for _ in range(RUNS)]
    passes = plan.needed or config.epochs
    ratios = [min(a for a, _ in run) * passes / (min(b for _, b in run) * plan.passes) for run in rounds]
    what = f"training of {options.recipe}, {passes} of {config.epochs} passes, over a plain prototype's {plan.passes}"
    report(Question(f"bench-prototype-{options.recipe}", what, "lower", GOAL), ratios, options)


if __name__ == "__main__":
    main()
