"""Small models, untrained but whole, over laboratory data."""

import pytest
import torch

from seqweave.data.corpus import Corpus
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.laboratory.contract import LABORATORIES
from seqweave.recipes.recipe import recipe_of
from seqweave.recipes.saving import Trained

MODELS = {
    "classification": {
        "embed": [{"kind": "words", "dim": 4}, {"kind": "characters", "dim": 3}],
        "encoder": {"kind": "gru", "hidden": 3},
        "head": {"kind": "label"},
    },
    "tagging": {
        "embed": [{"kind": "affixes", "dim": 4}],
        "encoder": {"kind": "lstm", "hidden": 3},
        "head": {"kind": "crf"},
    },
}


def make(task_name, model=None, **data):
    """An untrained model of a task, whose weights are drawn."""
    values = {"task": task_name, "data": {"train": "lab", **data}, "model": model or MODELS[task_name]}
    recipe = recipe_of(values)
    (part,) = LABORATORIES[task_name]().split([60], seed=1)
    corpus = Corpus.of(recipe.data.build().examples, [specimen.example for specimen in part])
    recipe = recipe.model_copy(update={"data": recipe.data.build().settled(corpus)})
    task = recipe.data.build()
    config = WordsConfig()
    codec = task.fit(corpus, recipe.model.features(), config.fit(()))
    torch.manual_seed(0)
    network = recipe.model.build(codec.sizes).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) / 2)
    return Trained(recipe, task, config.fit(()), config, codec, network)


@pytest.fixture(params=["classification", "tagging"])
def trained(request):
    return make(request.param)


@pytest.fixture
def make_trained():
    return make
