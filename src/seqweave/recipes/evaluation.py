"""A trained model judged on a part of its run's material: scores, baselines, and the lines training never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from seqweave.insight.answering import answer
from seqweave.insight.evaluate import Evaluation, evaluate, without
from seqweave.metrics.measure import Scores
from seqweave.models.linear import LinearConfig
from seqweave.recipes.material import AnyCorpus, AnyTask, Material
from seqweave.recipes.saving import Trained

NOTHING = np.zeros(0, np.int64)


def judge(trained: Trained, corpus: AnyCorpus, name: str, seen: np.ndarray = NOTHING) -> Evaluation:
    """Scores and details over a corpus with gold.

    Args:
        trained: the model.
        corpus: what to answer.
        name: how the corpus is called in messages.
        seen: its rows whose text stands in the training part. Shape (rows,), int64.
    """
    golds = list(corpus)
    answers = answer(trained.network, trained.codec, corpus)
    found = evaluate(trained.task, trained.recipe.task, name, golds, answers)
    if not len(seen):
        return found
    return replace(found, unseen=without(trained.task, golds, answers, seen), seen=len(seen))


def baselines(material: Material, parts: Mapping[str, AnyCorpus]) -> dict[str, dict[str, Scores]]:
    """Scores of trivial answers on each part: those of the task and, for labels, a linear bag of n-grams.

    Args:
        material: holds the training part that they are fitted on.
        parts: corpora with gold, by name.

    Returns:
        By part, then by name of the baseline.
    """
    train = material.parts["train"]
    found = {part: dict(material.task.baselines(train, list(corpus))) for part, corpus in parts.items()}
    if material.data.kind != "classification":
        return found
    linear = _linear(material.task, train)
    for part, corpus in parts.items():
        found[part]["linear bag of n-grams"] = judge_scores(linear, material.task, corpus)
    return found


def judge_scores(fitted: tuple[Any, Any], task: AnyTask, corpus: AnyCorpus) -> Scores:
    """The scores of a network and its codec over a corpus with gold."""
    network, codec = fitted
    return task.score(list(corpus), answer(network, codec, corpus))


def _linear(task: AnyTask, train: AnyCorpus) -> tuple[Any, Any]:
    config = LinearConfig()
    codec = task.fit(train, config.features())
    network = config.build(codec.sizes)
    network.fit(codec.encode(train).batch(np.arange(len(train))))
    return network, codec
