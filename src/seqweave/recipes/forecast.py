"""What a training will cost: a few real steps of a throw-away copy, the longest batch among them.

Time is that of some steps and answers, times how many there will be. Memory is the most that this process has needed,
after it read the data, trained on the largest batch and answered the largest one, and what a training holds besides.
Disk is what a run leaves: its last two checkpoints and its model. All are estimates: other programs, and longer
trainings that warm the processor, change them.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from seqweave.core.errors import Place
from seqweave.core.files import to_json
from seqweave.data.order import by_length
from seqweave.insight.answering import ANSWER_TOKENS, answer
from seqweave.layers.contracts import FittedModel, Model
from seqweave.recipes.cost import peak_bytes
from seqweave.recipes.material import AnyCorpus, Material
from seqweave.recipes.recipe import Recipe
from seqweave.tasks.contract import Codec
from seqweave.training.checkpoint import KEPT
from seqweave.training.contiguous import stream_of
from seqweave.training.contract import Draw, Portion, Stream
from seqweave.training.devices import Devices
from seqweave.training.faults import NonFinite, blamed
from seqweave.training.step import GradientStep

AnyCodec = Codec[Any, Any, Any, Any]
AnyModel = Model[Any, Any]

SECONDS = 6.0
STEPS = 40
ANSWERED = 256
SAVED_COPIES = 2
"""Copies of the weights beside those of a step and of averages: the best, and the checkpoint that is being written."""
BASE_BYTES = 360 << 20
BASELINE_BYTES = 80
"""Measured: memory of a process with torch and its solver, and of the linear baseline for each token of train (77)."""


def forecast(recipe: Recipe, material: Material, codec: AnyCodec, network: AnyModel) -> dict[str, Any] | None:
    """Time, memory and disk of a training, on this machine; None for a network that is fitted in one go.

    Args:
        recipe: how it will be trained.
        material: on what.
        codec: fitted on it.
        network: left as it is.

    Returns:
        seconds for all epochs with their evaluations, epoch_seconds for one, steps, bytes of memory at most,
        disk_bytes, threads, and the method by which memory was told.

    Raises:
        RecipeError: if a loss or a gradient is not finite from the start.
    """
    if isinstance(network, FittedModel):
        return None
    with torch.random.fork_rng(devices=[]):
        step = GradientStep(copy.deepcopy(network), recipe.training, Devices(recipe.training.precision))
        corpus = material.parts["train"]
        dataset, config = codec.encode(corpus), recipe.training
        stream = stream_of(recipe.task, dataset, config, lambda row: Place(corpus[row].source, corpus[row].line))
        draws = stream.epoch(0)
        widest = max(draws, key=stream.positions)
        seconds, epochs = _step_seconds(step, stream, draws, widest), recipe.training.epochs
        judged = _answer_seconds(step.model, codec, material.parts["dev"])
    every, steps = recipe.training.evaluate_every, -(-len(draws) // recipe.training.accumulate)
    epoch_seconds = seconds * len(draws) + judged * (1 if every == "epoch" else steps / every)
    weights, peak = _bytes(network.parameters()), peak_bytes(step.devices.device)
    copies = SAVED_COPIES + recipe.training.average.copies
    return {
        "seconds": round(epoch_seconds * epochs, 1),
        "epoch_seconds": round(epoch_seconds, 2),
        "steps": steps * epochs,
        "bytes": max(peak + copies * weights, _baseline_bytes(material)),
        "disk_bytes": _disk_bytes(recipe, codec, weights, _bytes(step.state().tensors.values())),
        "threads": torch.get_num_threads(),
        "method": "peak memory of a process that read the data and trained on the largest batch",
    }


def _disk_bytes(recipe: Recipe, codec: AnyCodec, weights: int, state: int) -> int:
    """Two checkpoints (weights, the best, the averaged, the optimizer's) and a model with its vocabulary."""
    checkpoint = (2 + recipe.training.average.copies) * weights + state
    return KEPT * checkpoint + weights + len(to_json(codec.to_json()).encode())


def _baseline_bytes(material: Material) -> int:
    """What the linear baseline beside every classifier needs at the end; 0 for other tasks."""
    tokens = int(material.parts["train"].strings("tokens").ids.offsets[-1])
    return BASE_BYTES + BASELINE_BYTES * tokens if material.data.kind == "classification" else 0


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _step_seconds(step: GradientStep, stream: Stream, draws: Sequence[Draw], widest: Draw) -> float:
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


def _take(step: GradientStep, stream: Stream, draw: Draw) -> None:
    # A rate of 0 leaves the weights where they are, and costs what any rate costs.
    try:
        step([Portion(draw, stream.batch(draw).to(step.devices.device), 1.0)], 0.0)
    except NonFinite as found:
        raise blamed(step.model, stream, found, step.devices) from found


def _answer_seconds(network: AnyModel, codec: AnyCodec, dev: AnyCorpus) -> float:
    """Time to answer the whole dev part, from some of it; the batch that needs the most memory is answered first."""
    lengths = codec.encode(dev).lengths
    largest = max(by_length(lengths, ANSWER_TOKENS), key=lambda rows: len(rows) * int(lengths[rows].max()))
    answer(network, codec, dev.take(largest))
    some = dev.take(np.linspace(0, len(dev) - 1, min(ANSWERED, len(dev))).astype(int))
    begun = time.perf_counter()
    answer(network, codec, some)
    return (time.perf_counter() - begun) * len(dev) / len(some)
