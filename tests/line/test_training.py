"""The whole line on laboratory data: files read, a model trained by its recipe, saved, loaded; the same answers."""

import json

import pytest

from seqweave.core.emitter import to_yaml
from seqweave.laboratory.contract import LABORATORIES
from seqweave.layers.linear import Kernels, available
from seqweave.recipes.evaluation import evaluate_file
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.start import start
from seqweave.training import devices

EMBED = [{"kind": "words", "dim": 12, "rare_word_dropout": 0}]
RECURRENT = {"kind": "gru", "hidden": 12, "bidirectional": True}
CASES = {
    "classification": ("classification", {"embed": EMBED, "encoder": RECURRENT, "head": {"kind": "label"}}),
    "labels": ("classification", {"embed": EMBED, "encoder": RECURRENT, "head": {"kind": "labels"}}),
    "tagging": ("tagging", {"embed": EMBED, "encoder": RECURRENT, "head": {"kind": "crf"}}),
    "linear": ("classification", {"kind": "linear"}),
}
SUFFIX = {"classification": "tsv", "tagging": "conll"}


def recipe(case, language, folder):
    task, model = CASES[case]
    laboratory, suffix = LABORATORIES[task](language=language), SUFFIX[CASES[case][0]]
    for name, part in zip(("train", "dev", "test"), laboratory.split([60, 12, 12], 1), strict=True):
        laboratory.write([specimen.example for specimen in part], folder / f"{name}.{suffix}")
    data = {name: f"{name}.{suffix}" for name in ("train", "dev", "test")} | {"cache": "off"}
    if case == "labels":
        data |= {"multi_label": True}
    training = {"epochs": 3, "batch_tokens": 200, "learning_rate": 0.02, "log_steps": 1}
    path = folder / "recipe.yaml"
    path.write_text(to_yaml({"task": task, "data": data, "model": model, "training": training}), "utf-8")
    return path


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", CASES)
def test_from_files_to_the_same_answers(case, language, tmp_path):
    finished = start(recipe(case, language, tmp_path), tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    if case != "linear":
        logged = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text("utf-8").splitlines()]
        losses = [event["loss"] for event in logged if "loss" in event]
        assert sum(losses[-4:]) < sum(losses[:4])
    scores = run.read("scores.json")
    assert set(scores) == {"dev", "test"}
    assert run.read("receipt.json")["parts"] == {"train": 60, "dev": 12, "test": 12}
    texts = [example.text for example in finished.material.parts["test"]][:5]
    assert Predictor.load(run.path)(texts) == Predictor(finished.trained)(texts)
    again = evaluate_file(run.path, tmp_path / f"test.{SUFFIX[CASES[case][0]]}", None)
    assert again.to_json()["scores"] == scores["test"]["scores"]


@pytest.mark.skipif(not available("onednn"), reason="this torch has no oneDNN")
def test_a_model_that_learned_by_other_products_answers_as_it_does_once_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "choose", lambda *_: Kernels("onednn"))
    finished = start(recipe("tagging", "en", tmp_path), tmp_path / "run")
    texts = [example.text for example in finished.material.parts["test"]]
    assert Predictor.load(tmp_path / "run")(texts) == Predictor(finished.trained)(texts)
