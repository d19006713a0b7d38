"""A language model small enough to be killed many times; a script, as `toy_training.py` beside it is.

language_training.py FOLDER FATES     train in FOLDER/whole undisturbed, and in FOLDER/killed once for each fate, in
                                      forked children that kill themselves at their Nth disk operation (`disk:N`);
                                      then to the end
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from toy_training import kills

from seqweave.core.errors import Place
from seqweave.core.events import Events, MetricsFile
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.contract import laboratory_of
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS
from seqweave.training.checkpoint import Checkpoints
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contiguous import stream_of
from seqweave.training.contract import Judge
from seqweave.training.devices import Devices
from seqweave.training.journal import Journal
from seqweave.training.loop import Loop
from seqweave.training.step import GradientStep

CONFIG = {
    "learning_rate": 1e-2,
    "batch_rows": 4,
    "window": {"length": 10},
    "epochs": 2,
    "average": 0.9,
    "checkpoint_seconds": 0.05,
    "log_steps": 3,
    "clip": 1.0,
}
MODEL = {
    "language-model": {
        "embed": {"dim": 6, "row_dropout": 0.1, "dropout": 0.1},
        "encoder": {
            "kind": "lstm",
            "hidden": 6,
            "layers": 2,
            "bidirectional": False,
            "dropout": 0.2,
            "weight_drop": 0.2,
        },
        "pointer": {"kind": "sentinel", "window": 7},
    },
    "bilm": {
        "reader": {
            "kind": "bidirectional",
            "embed": [{"kind": "characters", "dim": 5, "character_dim": 3}],
            "dim": 6,
            "encoder": {"kind": "lstm", "hidden": 4, "bidirectional": False},
            "dropout": 0.2,
        }
    },
    "masked-language-model": {
        "reader": {
            "kind": "masked",
            "embed": [{"kind": "words", "dim": 5}],
            "dim": 4,
            "encoder": {"kind": "self-attention", "hidden": 4, "heads": 2, "feed_forward": 5, "layers": 1},
        }
    },
}
BY_THEMSELVES = {"window": None, "batch_rows": None, "batch_tokens": 60}
"""Settings of training for models that read each text by itself."""


def config(**changes):
    return TrainingConfig.model_validate({**CONFIG, **changes})


def corpora():
    parts = laboratory_of("language-modelling").split([12, 4], seed=3)
    return [Corpus.of(DocumentExample, [specimen.example for specimen in part]) for part in parts]


def loop(folder, settings=None, kind="language-model"):
    """A fresh loop in a folder, as a process that has just started would build it."""
    settings = settings or config()
    train, dev = corpora()
    chosen, task = MODELS[kind](**MODEL[kind]), TASKS["language-modelling"](train="lab", min_count=2).build()
    codec = task.fit(train, chosen.features(), SpacesConfig().fit(()))
    torch.manual_seed(settings.seed)
    model = chosen.build(codec.sizes)
    held_out = codec.encode(dev).batch(np.arange(len(dev)))

    def evaluate():
        with torch.no_grad():
            return {"perplexity": float(model.loss(held_out).mean.exp())}

    stream = stream_of("lab", codec.encode(train), settings, lambda row: Place("lab.txt", row + 1))
    judge = Judge(evaluate, "perplexity", higher_is_better=False)
    step = GradientStep(model, settings, Devices(cpu=True))
    metrics = MetricsFile(folder)
    return Loop(settings, step, stream, judge, Journal(Events(metrics), metrics), Checkpoints(folder / "checkpoints"))


def run(folder):
    """Train to the end and write the best weights, as a finished run holds them."""
    outcome = loop(folder).run()
    if outcome.best:
        (folder / "model.safetensors").write_bytes(outcome.best)


if __name__ == "__main__":
    kills(Path(sys.argv[1]), sys.argv[2].split(","), run)
