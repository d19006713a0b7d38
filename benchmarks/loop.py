"""Time of our training loop over a bare PyTorch loop of the same model: small batches, where overhead weighs most.

The two take turns inside one run of our loop: a block of its steps begins when a checkpoint is complete and ends when
the judge is called, who then drives the bare loop over as many steps.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from measuring import RUNS, Question, arguments, report
from torch import Tensor, nn

from seqweave.core.errors import Place
from seqweave.core.events import Event, Events, MetricsFile
from seqweave.layers.contracts import Loss, Model
from seqweave.tasks.contract import Dataset
from seqweave.training.checkpoint import Checkpoints
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import Judge, Stream
from seqweave.training.devices import Devices
from seqweave.training.journal import Journal
from seqweave.training.loop import Loop
from seqweave.training.step import GradientStep
from seqweave.training.stream import TaskStream

SENTENCES, WORDS, TAGS, DIM, HIDDEN = 4000, 20_000, 17, 100, 150
BATCH_TOKENS, BLOCK_STEPS, CLIP, RATE = 512, 20, 5.0, 1e-3
QUESTION = Question(
    "bench-loop",
    f"loop over a bare PyTorch loop, BiLSTM tagger H{HIDDEN}, {BATCH_TOKENS} tokens a batch",
    "lower",
    1.05,
)


@dataclass(frozen=True)
class Sentences:
    words: Tensor
    tags: Tensor

    def __len__(self) -> int:
        return len(self.words)

    def to(self, device: torch.device) -> Sentences:
        return Sentences(self.words.to(device), self.tags.to(device))


class Tagger(Model[Sentences, Tensor]):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, DIM)
        self.encoder = nn.LSTM(DIM, HIDDEN, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * HIDDEN, TAGS)

    def predict(self, batch: Sentences) -> Tensor:
        return self.head(self.encoder(self.embed(batch.words))[0])

    def loss(self, batch: Sentences) -> Loss:
        scores, tags = self.predict(batch).flatten(0, 1), batch.tags.flatten()
        return Loss(F.cross_entropy(scores, tags, reduction="sum"), torch.tensor(len(tags)))


class Noise(Dataset[Sentences]):
    """Random words with random tags, as long as sentences are."""

    def __init__(self) -> None:
        generator = np.random.default_rng(0)
        self._lengths = generator.integers(3, 40, SENTENCES)
        self.words = torch.tensor(generator.integers(0, WORDS, (SENTENCES, 40)))
        self.tags = torch.tensor(generator.integers(0, TAGS, (SENTENCES, 40)))

    @property
    def lengths(self) -> np.ndarray:
        return self._lengths

    def batch(self, rows: np.ndarray) -> Sentences:
        longest = int(self._lengths[rows].max())
        return Sentences(self.words[rows, :longest], self.tags[rows, :longest])


def bare_loop(model: Tagger, stream: Stream) -> Iterator[None]:
    """What one would write for this model alone; yields after every step."""
    optimizer = torch.optim.Adam(model.parameters(), RATE, fused=True)
    epoch = 0
    while True:
        for draw in stream.epoch(epoch):
            optimizer.zero_grad()
            loss = model.loss(stream.batch(draw))
            (loss.total / loss.count).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            yield
        epoch += 1


@dataclass
class Rivals:
    """The seconds of every block of ours, and of the bare loop's block that followed it."""

    bare: Iterator[None]
    begun: float = 0.0
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        if event.name == "checkpoint":
            self.begun = time.perf_counter()

    def evaluate(self) -> dict[str, float]:
        middle = time.perf_counter()
        for _ in range(BLOCK_STEPS):
            next(self.bare)
        # the first block has no checkpoint before it: it warms both up
        if self.begun:
            self.ours.append(middle - self.begun)
            self.theirs.append(time.perf_counter() - middle)
        return {"score": 0.0}

    def ratios(self, rounds: int) -> list[float]:
        cut = [slice(run * rounds, (run + 1) * rounds) for run in range(RUNS)]
        return [min(self.ours[part]) / min(self.theirs[part]) for part in cut]


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(options.threads)
    rounds = max(options.rounds, 3)
    settings = {"learning_rate": RATE, "schedule": "constant", "clip": CLIP, "batch_tokens": BATCH_TOKENS}
    # one score that never gets better ends the run after as many blocks as are wanted, the first one for warmth
    ending = {"epochs": 1000, "evaluate_every": BLOCK_STEPS, "stop": {"patience": RUNS * rounds}}
    config = TrainingConfig.model_validate({**settings, **ending, "checkpoint_seconds": 1e9})
    stream = TaskStream("noise", Noise(), config, lambda row: Place("noise", row + 1))
    rivals = Rivals(bare_loop(Tagger(), stream))
    with tempfile.TemporaryDirectory() as folder, MetricsFile(Path(folder)) as metrics:
        step = GradientStep(Tagger(), config, Devices(cpu=True))
        judge = Judge(rivals.evaluate, "score")
        journal = Journal(Events(metrics, rivals.hear), metrics)
        Loop(config, step, stream, judge, journal, Checkpoints(Path(folder) / "checkpoints")).run()
    report(QUESTION, rivals.ratios(rounds), options)


if __name__ == "__main__":
    main()
