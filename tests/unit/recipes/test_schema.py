"""The schema that editors use, held to the shipped recipes and to mistakes that validation refuses, too."""

import pytest

from seqweave.core.errors import SeqweaveError
from seqweave.recipes.recipe import recipe_of
from seqweave.recipes.schema import recipe_schema
from seqweave.recipes.shipped import names, shipped
from seqweave.tasks.contract import TASKS

jsonschema = pytest.importorskip("jsonschema", reason="the second answer: not needed otherwise")

BASE = {
    "task": "tagging",
    "data": {"train": "a.conll"},
    "model": {
        "embed": [{"kind": "words", "dim": 3}],
        "encoder": {"kind": "lstm"},
        "head": {"kind": "crf"},
        "embed_dropout": 0.5,
    },
    "training": {"optimizer": "adam", "stop": {"patience": 3}},
}


@pytest.fixture(scope="module")
def validator():
    schema = recipe_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def changed(path, value):
    *parents, key = path.split(".")
    recipe = {name: dict(part) if isinstance(part, dict) else part for name, part in BASE.items()}
    place = recipe
    for parent in parents:
        place = place[parent]
    place[key] = value
    return recipe


@pytest.mark.parametrize("name", names())
def test_shipped_recipes_fit_the_schema(name, validator):
    assert not [error.message for error in validator.iter_errors(shipped(name).values)]


RIGHT = {
    "the base": BASE,
    "tags, the other name of column": changed("data.tags", "1"),
    "the usual model by name": changed("model.kind", "tagger"),
    "an optimizer with options": changed("training.optimizer", {"kind": "adam", "beta1": 0.8}),
    "several files": changed("data.train", ["a.conll", "b.conll"]),
}
WRONG = {
    "no such task": changed("task", "taging"),
    "a key of another task": changed("data.label", "y"),
    "an unknown key": changed("training.epoch", 3),
    "a number as text": changed("training.epochs", "3"),
    "a head of texts": changed("model.head", {"kind": "label"}),
    "no training file": changed("data", {}),
    "out of bounds": changed("model.embed_dropout", 1.5),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_validates_fits(name, validator):
    recipe_of(RIGHT[name])
    assert not [error.message for error in validator.iter_errors(RIGHT[name])]


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_validate_does_not_fit(name, validator):
    with pytest.raises(SeqweaveError):
        recipe_of(WRONG[name])
    assert list(validator.iter_errors(WRONG[name]))


def test_every_task_is_known():
    assert recipe_schema()["properties"]["task"]["enum"] == list(TASKS.kinds())
