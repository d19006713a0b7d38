"""A batch of n is n batches of 1: no answer depends on its company, on the order, or on how much is padded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.corpus import Corpus
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.insight.answering import answers_to
from seqweave.laboratory.contract import LABORATORIES
from seqweave.recipes.recipe import recipe_of

EMBED = [{"kind": "words", "dim": 6}, {"kind": "characters", "dim": 4}]
MODELS = {
    "classification by lstm": ("classification", {"encoder": {"kind": "lstm", "hidden": 5}, "head": {"kind": "label"}}),
    "labels by self-attention": (
        "classification",
        {"encoder": {"kind": "self-attention", "hidden": 8, "heads": 2}, "head": {"kind": "labels"}},
    ),
    "classification by convolution": (
        "classification",
        {"encoder": {"kind": "convolution", "hidden": 5}, "head": {"kind": "label"}},
    ),
    "classification by bag": ("classification", {"encoder": {"kind": "bag"}, "head": {"kind": "label"}}),
    "tagging by gru and crf": (
        "tagging",
        {"encoder": {"kind": "gru", "hidden": 5, "bidirectional": True}, "head": {"kind": "crf"}},
    ),
    "tagging by rnn": ("tagging", {"encoder": {"kind": "rnn", "hidden": 5}, "head": {"kind": "tags"}}),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    """An untrained network in float64, its data, and the answer to each example alone."""
    task_name, parts = MODELS[request.param]
    data = {"train": "lab", "multi_label": True} if request.param.startswith("labels") else {"train": "lab"}
    recipe = recipe_of({"task": task_name, "data": data, "model": {"embed": EMBED, **parts}})
    (part,) = LABORATORIES[task_name]().split([40], seed=3)
    corpus = Corpus.of(recipe.data.build().examples, [specimen.example for specimen in part])
    task = recipe.data.build().settled(corpus).build()
    codec = task.fit(corpus, recipe.model.features(), WordsConfig().fit(()))
    torch.manual_seed(2)
    network = recipe.model.build(codec.sizes).double()
    dataset = codec.encode(corpus)
    alone = [answers_to(network, codec, [dataset.batch(np.array([row]))])[0] for row in range(len(corpus))]
    return network, codec, dataset, alone


@settings(max_examples=25)
@given(data=st.data())
def test_a_batch_of_n_is_n_batches_of_one(model, data):
    network, codec, dataset, alone = model
    order = data.draw(st.permutations(range(len(alone))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(alone) - 1), max_size=8)))
    rows = [np.array(group) for group in np.split(np.array(order), cuts)]
    answers = answers_to(network, codec, (dataset.batch(group) for group in rows))
    for row, answer in zip(order, answers, strict=True):
        assert replace(answer, probabilities=()) == replace(alone[row], probabilities=())
        assert answer.probabilities == pytest.approx(alone[row].probabilities, abs=1e-9)
