"""A recipe becomes a run: read, fit, build, train, score, report. The run folder is the result."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from seqweave.core.errors import Place, SeqweaveError
from seqweave.core.events import Event, Events, Listener, MetricsFile
from seqweave.core.files import sweep
from seqweave.core.lock import run_lock
from seqweave.insight.answering import answer
from seqweave.insight.evaluate import Evaluation
from seqweave.layers.contracts import FittedModel
from seqweave.layers.linear import Kernels, use
from seqweave.layers.scan.choice import slow
from seqweave.recipes import cost, starting
from seqweave.recipes.account import keep, require_same_recipe
from seqweave.recipes.caching import Chosen, described, told, with_chosen
from seqweave.recipes.card import card
from seqweave.recipes.environment import environment
from seqweave.recipes.evaluation import baselines, judge, with_fates
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.lending import lend
from seqweave.recipes.material import AnyCorpus, Material, gather
from seqweave.recipes.recipe import read, watched
from seqweave.recipes.reporting import write_report
from seqweave.recipes.saving import Trained, save
from seqweave.tasks.contract import Dataset
from seqweave.training.checkpoint import Checkpoints
from seqweave.training.contiguous import stream_of
from seqweave.training.contract import Judge
from seqweave.training.devices import Devices
from seqweave.training.journal import Journal
from seqweave.training.loop import Loop
from seqweave.training.step import GradientStep
from seqweave.training.weights import fill


@dataclass(frozen=True)
class Finished:
    """A run that has ended.

    Args:
        trained: the best model.
        material: what it was trained and judged on.
        evaluations: by part, "dev" and "test".
        unreported: why there is no report; the model and its scores are whole all the same.
    """

    trained: Trained
    material: Material
    evaluations: Mapping[str, Evaluation]
    unreported: SeqweaveError | None = None


def train(run: RunFolder, show: Listener) -> Finished:
    """Train the recipe of a run folder to its end, from its last checkpoint where there is one.

    Args:
        run: holds the recipe; everything else is written to it.
        show: who looks on.

    Raises:
        RunLockedError: if another process is at work in the folder.
        StoppedError: after a checkpoint, if a signal asked to stop.
        SeqweaveError: if the recipe or its data is wrong, or is not what the run was begun with.
    """
    require_same_recipe(run)
    loan = lend(read(run.located()))
    recipe, seed = loan.recipe, loan.recipe.training.seed
    material = loan.noted(gather(recipe.data, run.path, seed))
    material = replace(material, digests={**material.digests, **starting.digest(recipe.training.start, run.path)})
    devices = Devices(recipe.training.precision)
    with run_lock(run.path) if devices.first else nullcontext():
        if devices.first:
            sweep(run.path)
            keep(run, material.receipt())
            cost.begin(run, recipe, material.digests)
            for notice in material.notices:
                show(Event("notice", timing={"text": str(notice)}))
        settled = recipe.model_copy(update={"data": material.data})
        with MetricsFile(run.path) as metrics:
            journal = Journal(Events(metrics, show), metrics)
            codec = loan.codec(material)
            torch.manual_seed(seed)
            network = loan.network(codec)
            if devices.first:
                _told(run, environment(devices, seed, network), show)
            trained = Trained(settled, material.task, material.tokenizer, material.tokenizer_config, codec, network)
            starting.begin(trained, run.path)
            loan.require_unmoved(network)
            trained, chosen = _fitted(trained, material, run, journal, devices)
        if devices.first:
            if chosen:
                show(Event("notice", timing={"text": told(described(trained, chosen))}))
            finished = _scored(trained, material, run)
            cost.finish(run, devices.device)
            return _reported(finished, run, show)
        return Finished(trained, material, {})


def _told(run: RunFolder, facts: Mapping[str, Any], show: Listener) -> None:
    """Write down what the run is trained on and with; tell what of it is slow for no need."""
    run.write("environment.json", facts)
    notice = slow(facts["recurrences"])
    if notice:
        show(Event("notice", timing={"text": str(notice)}))


def _fitted(
    trained: Trained, material: Material, run: RunFolder, journal: Journal, devices: Devices
) -> tuple[Trained, Chosen | None]:
    """The model with its best weights and all that is chosen on dev; what of a cache was chosen."""
    train = trained.codec.encode(material.parts["train"])
    if isinstance(trained.network, FittedModel):
        trained.network.fit(train.batch(np.arange(len(train.lengths))))
        journal.fitted()
    elif trained.recipe.training.epochs:
        _loop(trained, material, run, journal, devices, train)
    else:
        journal.fitted()
    dev = material.parts["dev"]
    codec = trained.codec.tuned(dev, lambda: answer(trained.network, trained.codec, dev))
    return with_chosen(replace(trained, codec=codec), dev)


def _loop(
    trained: Trained, material: Material, run: RunFolder, journal: Journal, devices: Devices, dataset: Dataset[Any]
) -> None:
    """Train by steps; the network ends with the weights of the best evaluation."""
    config, corpus = trained.recipe.training, material.parts["train"]

    def place(row: int) -> Place:
        example = corpus[row]
        return Place(example.source, example.line)

    stream = stream_of(trained.recipe.task, dataset, config, place, devices.world)
    step = GradientStep(trained.network, config, devices)
    judging = _judge(trained, material.parts["dev"], run)
    loop = Loop(config, step, stream, judging, journal, Checkpoints(run.checkpoints))
    outcome = loop.run(f"seqweave train --resume {run.path}")
    if devices.first:
        fill(trained.network, outcome.best, Place(str(run.checkpoints)))
    use(trained.network, Kernels("torch"))  # as it will answer once it is loaded, to the last digit


def _judge(trained: Trained, dev: AnyCorpus, run: RunFolder) -> Judge:
    """Scores on dev; the best model so far is saved for use, also of a run that is stopped."""
    metric = watched(trained.recipe, trained.task)

    def evaluate() -> dict[str, float]:
        scores = trained.task.quick_scores(dev, answer(trained.network, trained.codec, dev), metric)
        return {name: measure.value for name, measure in scores.items()}

    direction = trained.task.score([], [])[metric].higher_is_better
    return Judge(evaluate, metric, direction, lambda: save(trained, run.model, card(trained)))


def _scored(trained: Trained, material: Material, run: RunFolder) -> Finished:
    """Score dev and test, save the final model, and write the scores."""
    save(trained, run.model, card(trained))
    held = {part: corpus for part, corpus in material.parts.items() if part != "train"}
    trivial = baselines(material, held)
    evaluations = {
        part: replace(with_fates(material, judged), baselines=trivial[part])
        for part, corpus in held.items()
        for judged in [judge(trained, corpus, part, material.overlap[part])]
    }
    run.write("scores.json", {part: evaluation.to_json() for part, evaluation in evaluations.items()})
    return Finished(trained, material, evaluations)


def _reported(finished: Finished, run: RunFolder, show: Listener) -> Finished:
    """Draw the report; that it fails is told, but takes nothing from a run that is trained and scored."""
    try:
        write_report(run, finished.trained, finished.evaluations)
    except SeqweaveError as error:
        show(Event("notice", timing={"text": str(error)}))
        return replace(finished, unreported=error)
    return finished
