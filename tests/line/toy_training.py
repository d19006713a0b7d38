"""A training run small enough to be killed hundreds of times: regression with dropout on seeded numbers.

Unit tests load this file as a module; tests of kills and of ranks start it as a script in a process of its own:
    toy_training.py run FOLDER EPOCHS      train in FOLDER without dropout, from its last checkpoint if there is one
    toy_training.py kills FOLDER FATES     train in FOLDER/whole undisturbed, and in FOLDER/killed once for each fate,
                                           in forked children: a number of seconds after which to kill -9, or `disk:N`
                                           to kill -9 itself at its Nth disk operation; then to the end
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from seqweave.core import disk
from seqweave.core.errors import Place
from seqweave.core.events import Events, MetricsFile
from seqweave.layers.contracts import Loss, Model
from seqweave.tasks.contract import Dataset
from seqweave.training.checkpoint import Checkpoints
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import Judge
from seqweave.training.devices import Devices
from seqweave.training.journal import Journal
from seqweave.training.loop import Loop
from seqweave.training.step import GradientStep
from seqweave.training.stream import TaskStream

CONFIG = {
    "learning_rate": 1e-2,
    "batch_tokens": 24,
    "epochs": 4,
    "average": 0.9,
    "checkpoint_seconds": 0.05,
    "log_steps": 3,
    "warmup_steps": 4,
    "clip": 1.0,
}


@dataclass(frozen=True)
class ToyBatch:
    x: torch.Tensor
    y: torch.Tensor
    rows: torch.Tensor

    def __len__(self):
        return len(self.rows)

    def to(self, device):
        return ToyBatch(self.x.to(device), self.y.to(device), self.rows)


class ToyModel(Model):
    """Rows of numbers to one number; squared error, counted per row."""

    def __init__(self, width=8, dropout=0.5):
        super().__init__()
        self.inner = nn.Linear(4, width)
        self.drop = nn.Dropout(dropout)
        self.outer = nn.Linear(width, 1)

    def forward(self, x):
        return self.outer(self.drop(torch.tanh(self.inner(x)))).squeeze(-1)

    def loss(self, batch):
        errors = (self(batch.x) - batch.y) ** 2
        return Loss(errors.sum(), torch.tensor(len(batch)), {"first": errors[0]})

    def predict(self, batch):
        return self(batch.x)


class ToyDataset(Dataset):
    def __init__(self, rows=40, dtype=torch.float32):
        generator = np.random.default_rng(5)
        self.x = torch.tensor(generator.normal(size=(rows, 4)), dtype=dtype)
        self.y = torch.sin(self.x.sum(dim=1))
        self._lengths = generator.integers(1, 9, rows)

    @property
    def lengths(self):
        return self._lengths

    def batch(self, rows):
        return ToyBatch(self.x[rows], self.y[rows], torch.as_tensor(rows))


def config(**changes):
    return TrainingConfig.model_validate({**CONFIG, **changes})


def loop(folder, settings=None, dropout=0.5):
    """A fresh loop in a folder, as a process that has just started would build it."""
    settings = settings or config()
    torch.manual_seed(settings.seed)
    model, data = ToyModel(dropout=dropout), ToyDataset()
    held_out = ToyDataset(17).batch(np.arange(17))

    def evaluate():
        with torch.no_grad():
            return {"error": float(model.loss(held_out).mean)}

    stream = TaskStream("toy", data, settings, lambda row: Place("toy.csv", row + 1))
    judge = Judge(evaluate, "error", higher_is_better=False)
    step = GradientStep(model, settings, Devices(cpu=True))
    metrics = MetricsFile(folder)
    return Loop(settings, step, stream, judge, Journal(Events(metrics), metrics), Checkpoints(folder / "checkpoints"))


def run(folder, epochs=4, dropout=0.5):
    """Train to the end and write the best weights, as a finished run holds them."""
    outcome = loop(folder, config(epochs=epochs), dropout).run()
    if outcome.best:
        (folder / "model.safetensors").write_bytes(outcome.best)


def kill_at(count):
    """From now on, this process kills itself just before its `count`-th change to the disk."""
    left = [count]

    def dying(change):
        def changed(*arguments, **options):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*arguments, **options)

        return changed

    for name in ("create", "write", "sync", "rename", "remove", "make_folder", "create_folder", "sync_file"):
        setattr(disk, name, dying(getattr(disk, name)))


def meet(folder, fate, run=run):
    """Run in a forked child until its fate; True if it ended by itself before."""
    child = os.fork()
    if not child:
        if fate.startswith("disk:"):
            kill_at(int(fate.removeprefix("disk:")))
        run(folder)
        os._exit(0)
    if not fate.startswith("disk:"):
        time.sleep(float(fate))
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def kills(folder, fates, run=run):
    """Print which of the fated runs ended by themselves."""
    # every optimizer and every run imports these, which takes seconds: once here, not in each child
    for module in ("torch._dynamo", "accelerate"):
        importlib.import_module(module)
    for name in ("whole", "killed"):
        (folder / name).mkdir()
    print(json.dumps([meet(folder / "killed", fate, run) for fate in fates]))
    assert meet(folder / "killed", "disk:-1", run)
    assert meet(folder / "whole", "disk:-1", run)


if __name__ == "__main__":
    place = Path(sys.argv[2])
    if sys.argv[1] == "kills":
        kills(place, sys.argv[3].split(","))
    else:
        run(place, int(sys.argv[3]), dropout=0.0)
