"""The report before training, beside a slow count of the same files; and its forecast beside a run's own account."""

from collections import Counter

import pytest
import torch

from seqweave.core.errors import RecipeError
from seqweave.recipes import forecast
from seqweave.recipes.checking import check
from seqweave.recipes.recipe import recipe_of

PARTS = {
    "train": [("the film was good .", "pos"), ("a bad film .", "neg"), ("The room was fine .", "pos")] * 4,
    "dev": [("the food was good .", "pos"), ("a film !", "neg"), ("one two three four five six .", "neg")],
}


@pytest.fixture
def recipe(tmp_path):
    for part, pairs in PARTS.items():
        text = "label\ttext\n" + "".join(f"{label}\t{text}\n" for text, label in pairs)
        (tmp_path / f"{part}.tsv").write_text(text, encoding="utf-8")
    return recipe_of(
        {
            "task": "classification",
            "data": {"format": "tsv", "train": "train.tsv", "dev": "dev.tsv", "cache": "off"},
            "model": {
                "embed": [{"kind": "words", "dim": 4}],
                "encoder": {"kind": "gru", "hidden": 3},
                "head": {"kind": "label"},
            },
            "training": {"epochs": 3, "batch_tokens": 20},
        }
    )


def words(part):
    return [text.split() for text, _ in PARTS[part]]


def test_the_report_counts_what_the_files_hold(recipe, tmp_path):
    report = check(recipe, tmp_path)
    known = {word.lower() for text in words("train") for word in text}
    for part in PARTS:
        lengths = [len(text) for text in words(part)]
        unknown = [word.lower() not in known for text in words(part) for word in text]
        facts = report["parts"][part]
        assert (facts["examples"], facts["tokens"], facts["longest"]) == (len(lengths), sum(lengths), max(lengths))
        assert facts["mean_length"] == round(sum(lengths) / len(lengths), 1)
        assert facts["unknown_percent"] == round(100 * sum(unknown) / len(unknown), 2)
    for label, counts in report["labels"].items():
        assert counts == {part: Counter(gold for _, gold in pairs)[label] for part, pairs in PARTS.items()}
    assert [file["lines"] for file in report["files"]] == [len(pairs) + 1 for pairs in PARTS.values()]
    assert report["task"] == "classification"


@pytest.mark.parametrize("kind", ["lm", "bilm"])
def test_unknown_to_a_language_model_is_what_its_vocabulary_lacks(tmp_path, kind):
    for part, text in {"train": "a a b b c\nA a b", "dev": "a b c\nA d b a a b b", "test": "b a"}.items():
        (tmp_path / f"{part}.txt").write_text(f"{text}\n" * 200)
    encoder = {"kind": "gru", "hidden": 4, "bidirectional": False}
    words = [{"kind": "words", "dim": 4}]
    reader = {"kind": "bidirectional", "embed": words, "dim": 4, "encoder": encoder}
    model = {"kind": "bilm", "reader": reader} if kind == "bilm" else {"embed": {"dim": 4}, "encoder": encoder}
    files = {part: f"{part}.txt" for part in ("train", "dev", "test")}
    data = {"format": "lines", "tokenizer": {"kind": "spaces"}, "max_size": 2, **files}
    recipe = recipe_of({"task": "language-modelling", "data": data, "model": model})
    parts = check(recipe, tmp_path)["parts"]
    # a and b are told; c and A, which training holds, are unknown as d is
    assert [parts[part]["unknown_percent"] for part in files] == [25, 30, 0]


def test_the_forecast_adds_up(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(forecast, "_step_seconds", lambda *_: 2.0)
    monkeypatch.setattr(forecast, "_answer_seconds", lambda *_: 5.0)
    cost = check(recipe, tmp_path)["forecast"]
    epochs = recipe.training.epochs
    assert cost["steps"] % epochs == 0
    assert cost["seconds"] == 2.0 * cost["steps"] + 5.0 * epochs
    assert cost["epoch_seconds"] * epochs == cost["seconds"]
    often = recipe.model_copy(update={"training": recipe.training.model_copy(update={"evaluate_every": 2})})
    assert check(often, tmp_path)["forecast"]["seconds"] == (2.0 + 5.0 / 2) * cost["steps"]


def test_findings_come_with_the_report(recipe, tmp_path):
    report = check(recipe, tmp_path)
    found = {one["code"]: one for one in report["findings"]}
    assert found["W-CHECK-01"]["places"][0]["where"] == "train.tsv:3"
    assert all(one["mend"] for one in found.values())
    assert report["looked_at"]["near-duplicates"].startswith("12 of 12 examples of train")


def test_a_try_leaves_the_weights_alone(recipe, tmp_path, monkeypatch):
    built = []
    config = type(recipe.model)
    build = config.build
    monkeypatch.setattr(config, "build", lambda self, sizes: built.append(build(self, sizes)) or built[-1])
    torch.manual_seed(1)
    check(recipe, tmp_path)
    torch.manual_seed(1)
    check(recipe, tmp_path)
    first, second = (dict(network.named_parameters()) for network in built)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert all(parameter.grad is None for parameter in first.values())


def test_a_model_that_is_fitted_in_one_go_has_no_steps(recipe, tmp_path):
    values = recipe.dump()
    linear = recipe_of({"task": "classification", "data": values["data"], "model": {"kind": "linear"}})
    assert check(linear, tmp_path)["forecast"] is None


def test_a_network_that_this_machine_cannot_train_is_refused_before_its_memory_is_taken(recipe, tmp_path):
    values = recipe.dump()
    values["model"]["encoder"]["hidden"] = 10**8
    with pytest.raises(RecipeError, match=r"weights need more than [\d,]+ bytes.*lower the sizes.*E-MEMORY-01"):
        check(recipe_of(values), tmp_path)


def test_a_network_that_diverges_at_once_names_the_module_and_the_line(recipe, tmp_path):
    values = recipe.dump()
    values["model"]["embed"][0]["scale"] = 1e18
    values["training"]["l2"] = {"*": 1e18}
    with pytest.raises(RecipeError, match=r"loss is not finite.*train.tsv:\d+.*E-TRAIN-01"):
        check(recipe_of(values), tmp_path)
