"""What a training will cost: a few real steps of a throw-away copy, the longest batch among them.

It is an estimate: other programs, and longer trainings that warm the processor, change it.
"""

from __future__ import annotations

import copy
import resource
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from seqweave.core.errors import Place
from seqweave.insight.answering import answer
from seqweave.layers.contracts import FittedModel, Model
from seqweave.recipes.material import AnyCorpus, Material
from seqweave.recipes.recipe import Recipe
from seqweave.tasks.contract import Codec
from seqweave.training.contract import Draw, Portion
from seqweave.training.devices import Devices
from seqweave.training.step import GradientStep
from seqweave.training.stream import TaskStream

AnyCodec = Codec[Any, Any, Any, Any]
AnyModel = Model[Any, Any]

SECONDS = 6.0
STEPS = 40
ANSWERED = 256
SAVED_COPIES = 3
"""Copies of the weights beside those of a step: the averaged, the best, and the checkpoint that is being written."""


def forecast(recipe: Recipe, material: Material, codec: AnyCodec, network: AnyModel) -> dict[str, float] | None:
    """Time and memory of a training, on this machine; None for a network that is fitted in one go.

    Args:
        recipe: how it will be trained.
        material: on what.
        codec: fitted on it.
        network: left as it is.

    Returns:
        seconds for all epochs with their evaluations, steps, and bytes of memory at most.
    """
    if isinstance(network, FittedModel):
        return None
    with torch.random.fork_rng(devices=[]):
        step = GradientStep(copy.deepcopy(network), recipe.training, Devices(recipe.training.precision))
        dataset = codec.encode(material.parts["train"])
        stream = TaskStream(recipe.task, dataset, recipe.training, lambda _: Place("train"))
        draws = stream.epoch(0)
        widest = max(draws, key=lambda draw: len(draw.rows) * int(dataset.lengths[draw.rows].max()))
        seconds, epochs = _step_seconds(step, stream, draws, widest), recipe.training.epochs
        judged = _answer_seconds(step.model, codec, material.parts["dev"])
    steps = -(-len(draws) // recipe.training.accumulate) * epochs
    weights = sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())
    return {
        "seconds": round(seconds * len(draws) * epochs + judged * epochs, 1),
        "steps": steps,
        "bytes": _peak_bytes(step.devices) + SAVED_COPIES * weights,
    }


def _step_seconds(step: GradientStep, stream: TaskStream, draws: Sequence[Draw], widest: Draw) -> float:
    """Mean time of a step over draws from all of an epoch, after one on the batch that needs the most memory."""
    step.model.train()
    _take(step, stream, widest)
    chosen = np.linspace(0, len(draws) - 1, min(STEPS, len(draws))).astype(int)
    begun, taken = time.perf_counter(), 0
    for position in np.random.default_rng(0).permutation(chosen).tolist():
        _take(step, stream, draws[position])
        taken += 1
        if time.perf_counter() - begun > SECONDS:
            break
    return (time.perf_counter() - begun) / taken


def _take(step: GradientStep, stream: TaskStream, draw: Draw) -> None:
    # A rate of 0 leaves the weights where they are, and costs what any rate costs.
    step([Portion(draw, stream.batch(draw).to(step.devices.device), 1.0)], 0.0)


def _answer_seconds(network: AnyModel, codec: AnyCodec, dev: AnyCorpus) -> float:
    """Time to answer the whole dev part, from some of it."""
    some = dev.take(np.linspace(0, len(dev) - 1, min(ANSWERED, len(dev))).astype(int))
    begun = time.perf_counter()
    answer(network, codec, some)
    return (time.perf_counter() - begun) * len(dev) / len(some)


def _peak_bytes(devices: Devices) -> int:
    """Most memory that this process, or its GPU, has needed."""
    if devices.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(devices.device))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kilobytes on Linux, bytes on macOS
