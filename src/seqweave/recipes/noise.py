"""Labels that are likely wrong, by linear models that are each asked about the examples they have not seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.insight.answering import answer
from seqweave.metrics.label_noise import Suspect, suspects
from seqweave.models.linear import LinearConfig
from seqweave.recipes.material import AnyCorpus, AnyTask

FOLDS = 4
ITERATIONS = 30
"""Of the solver: the order of the probabilities settles long before their digits do."""
SEED = 1


def noisy_labels(task: AnyTask, corpus: AnyCorpus, tokenizer: Tokenizer) -> tuple[list[Suspect], tuple[str, ...]]:
    """The examples whose label is likely wrong, and the labels that their numbers stand for.

    Args:
        task: of labels, one for each text.
        corpus: with gold.
        tokenizer: that which split its texts.

    Returns:
        The suspects, the surest first; none where no second label stands in every fold's training part.
    """
    labels = [example[0] for example in corpus.field("labels")]
    names = tuple(sorted(set(labels)))
    fold_of = np.random.default_rng(SEED).permutation(len(corpus)) % FOLDS
    if any(len({labels[row] for row in np.flatnonzero(fold_of != fold)}) < 2 for fold in range(FOLDS)):
        return [], names
    probabilities = np.zeros((len(corpus), len(names)))
    for fold in range(FOLDS):
        held = np.flatnonzero(fold_of == fold)
        others = corpus.take(np.flatnonzero(fold_of != fold))
        told = _probabilities(task, others, corpus.take(held), tokenizer)
        probabilities[held] = [[one.get(name, 0.0) for name in names] for one in told]
    numbers = {name: number for number, name in enumerate(names)}
    return suspects(probabilities, np.array([numbers[label] for label in labels])), names


def _probabilities(task: AnyTask, train: AnyCorpus, held: AnyCorpus, tokenizer: Tokenizer) -> list[Any]:
    """Of each held-out text, the probability of every label that the training part has."""
    config = LinearConfig(iterations=ITERATIONS)
    codec = task.fit(train, config.features(), tokenizer)
    network = config.build(codec.sizes)
    network.fit(codec.encode(train).batch(np.arange(len(train))))
    return [one.probabilities for one in answer(network, codec, held)]
