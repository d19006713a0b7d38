"""Tokens a second in which a language model trains, over those of a plain PyTorch twin with the same weights.

Ours is a shipped recipe as it trains, its LSTM layers torch's own; the twin is that of language_twin.py: nn.Embedding,
nn.LSTM, nn.Linear, F.cross_entropy, the same fused optimizer, rates and clipping, over the same windows. What ours has
and the twin has not is the loss in chunks (layers/chunked.py), products of the output layer by the library that is
chosen for this machine (layers/linear.py; `product` in the record), and a look whether loss and gradients are finite.
Dropout is none on both sides, so that losses differ by rounding alone; or, with `--dropout`, the recipe's on both.

Speed counts only where both learn alike: before the first step their dev perplexities must be equal, and while they
train their losses; otherwise there is no record. Without `--data` both read random words of Zipf's frequencies. With
it they train for whole epochs, and the dev perplexities that come of it, equal again, stand in the record.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean, median

import numpy as np
import torch
from language_twin import Pair, draws, ours, pair, theirs
from measuring import RUNS, Question, arguments, report
from torch import Tensor

from seqweave.data.batches import StreamBatch
from seqweave.training.contract import Stream

RECIPE, GOAL = "ptb-lstm-small", 1.5
WORDS, TOKENS, LINE = 10_000, 100_000, 20
"""Of what is generated: different words, words in training, words in a line."""
WHO = ("ours", "theirs")
WARM = 2
"""First steps, which are not timed."""
BEGINNING, STEP, MEAN = 1e-5, 5e-3, 2e-2
"""By what share may differ: perplexities before training; losses of a step, without dropout; their means with it, and
perplexities after training. float32 rounds sums of another order otherwise, and training makes more of it."""
State = list[Tensor] | tuple[Tensor, ...] | list[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Turn:
    """A step of both: seconds and mean losses, ours first."""

    seconds: tuple[float, float]
    losses: tuple[float, float]


def write_texts(folder: Path) -> None:
    """Training, dev and test text of random words, as the recipes name them; each word occurs in training."""
    generator = np.random.default_rng(0)
    shares = 1 / np.arange(1, WORDS + 1)
    for part, count in (("train", TOKENS), ("valid", TOKENS // 10), ("test", TOKENS // 10)):
        drawn = generator.choice(WORDS, count, p=shares / shares.sum())
        words = [f"w{number}" for number in (*(range(WORDS) if part == "train" else ()), *drawn)]
        lines = (" ".join(words[start : start + LINE]) for start in range(0, len(words), LINE))
        (folder / f"ptb.{part}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def race(both: Pair, clock: Callable[[], float]) -> Iterator[Turn]:
    """Both take a step each, until the epochs of the recipe are over."""
    rivals = ours(both), theirs(both)
    for _ in draws(both.train, both.recipe):
        seconds, losses = [], []
        for rival in rivals:
            start = clock()
            losses.append(next(rival))
            seconds.append(clock() - start)
        yield Turn((seconds[0], seconds[1]), (losses[0], losses[1]))


def perplexities(both: Pair) -> tuple[float, float]:
    """Of the dev text, read in windows as the training text is; ours first."""
    both.model.eval()
    both.twin.eval()

    def our_loss(batch: StreamBatch, carry: State) -> tuple[Tensor, State]:
        loss, after = both.model.loss_from(batch, tuple(carry) or None)
        return loss.total / loss.count, after

    return round(_perplexity(both.dev, our_loss), 4), round(_perplexity(both.dev, both.twin.loss), 4)


def require_same_model(found: tuple[float, float], bound: float) -> None:
    """See that both tell the dev text equally well.

    Args:
        found: perplexity of each.
        bound: by what share they may differ.

    Raises:
        RuntimeError: if they do: their weights differ, or what they compute.
    """
    if _difference(found) > bound:
        raise RuntimeError(f"not the same model: dev perplexities are {found[0]} and {found[1]}")


def require_same_course(turns: list[Turn], *, dropout: bool) -> None:
    """See that both learned alike.

    Raises:
        RuntimeError: if a step's losses differ too much; with dropout, of which each draws its own, if their means do.
    """
    means = fmean(turn.losses[0] for turn in turns), fmean(turn.losses[1] for turn in turns)
    worst = means if dropout else max((turn.losses for turn in turns), key=_difference)
    if _difference(worst) > (MEAN if dropout else STEP):
        raise RuntimeError(f"not the same training: losses of {worst[0]} and {worst[1]}")


def time_ratios(turns: list[Turn]) -> list[float]:
    """Our median time of a step over theirs, once for each third of the steps."""
    timed = turns[WARM:]
    parts = [timed[len(timed) * run // RUNS : len(timed) * (run + 1) // RUNS] for run in range(RUNS)]
    return [median(turn.seconds[0] for turn in part) / median(turn.seconds[1] for turn in part) for part in parts]


def measured(both: Pair, options: argparse.Namespace) -> None:
    """Train both, and report."""
    require_same_model(perplexities(both), BEGINNING)
    # other programs do not count towards the processor's time; but it adds up what threads do side by side
    clock = time.process_time if options.threads == 1 else time.perf_counter
    turns = list(islice(race(both, clock), None if options.data else options.steps))
    require_same_course(turns, dropout=options.dropout)
    training = both.recipe.training
    rows, length = training.batch_rows, training.window.length
    seconds = [median(turn.seconds[side] for turn in turns[WARM:]) for side in (0, 1)]
    more = {
        "tokens_per_second": {who: round(rows * length / each) for who, each in zip(WHO, seconds, strict=True)},
        "largest_difference": round(max(_difference(turn.losses) for turn in turns), 6),
        "product": both.step.devices.kernels.product,
    }
    if options.data:
        found = perplexities(both)
        require_same_model(found, MEAN)
        more |= {"epochs": options.epochs, "dev_perplexity": dict(zip(WHO, found, strict=True))}
    report(question(both, options), time_ratios(turns), options, more)


def question(both: Pair, options: argparse.Namespace) -> Question:
    """What is asked of a recipe: each way of asking has a record of its own."""
    encoder, training = both.model.config.encoder, both.recipe.training
    told = [
        f"tokens/s in training of {options.recipe} over a plain PyTorch twin's",
        f"{encoder.layers} x {encoder.hidden}",
        f"{both.twin.embed.num_embeddings:,} words",
        f"B{training.batch_rows} T{training.window.length}",
        f"epochs: {options.epochs}" if options.data else "random text",
        "the recipe's dropout" if options.dropout else "no dropout",
    ]
    name = [
        "bench-lm-train",
        *([options.recipe.removeprefix("ptb-")] if options.recipe != RECIPE else []),
        *(["data"] if options.data else []),
        *(["dropout"] if options.dropout else []),
    ]
    return Question("-".join(name), ", ".join(told), "higher", GOAL)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--recipe", default=RECIPE, help="or ptb-lstm-medium (2 x 650), ptb-lstm-large (2 x 1500)")
    parser.add_argument("--steps", type=int, default=60, help="of each rival, without --data")
    parser.add_argument("--data", type=Path, help="folder of the recipe's data set, to train on for --epochs")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--dropout", action="store_true", help="the recipe's on both sides; otherwise none")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        if not options.data:
            write_texts(Path(folder))
        data, epochs = options.data or Path(folder), (f"training.epochs={options.epochs}",) if options.data else ()
        measured(pair(options.recipe, data, epochs, dropout=options.dropout), options)


def _perplexity(stream: Stream, loss_of: Callable[[StreamBatch, State], tuple[Tensor, State]]) -> float:
    total, count = 0.0, 0
    carry: State = []
    with torch.no_grad():
        for draw in stream.epoch(0):
            batch = stream.batch(draw)
            mean, carry = loss_of(batch, [] if draw.fresh else carry)
            tokens = int(batch.mask.sum())
            total, count = total + mean.item() * tokens, count + tokens
    return math.exp(total / count)


def _difference(two: tuple[float, float]) -> float:
    """As a share of the second."""
    return abs(two[0] - two[1]) / two[1]


if __name__ == "__main__":
    main()
