"""One word in a recipe chooses a fast encoder, in every task; on generated data it learns what an LSTM learns."""

import json

import pytest

from seqweave.cli.app import run
from seqweave.core.errors import RecipeError
from seqweave.layers.scan import choice
from seqweave.recipes.guessing import generated
from seqweave.recipes.start import resume

SMALL = ("-o", "training.epochs=1", "-o", "data.cache=off")


def trained(folder, task, kind, *settings):
    """What is told of test for a laboratory's model, whose recipe is changed in one word."""
    recipe = folder / "lab.yaml"
    assert run(["init", task, "--laboratory", "--output", str(recipe)]) == 0
    told = ["-o", f"model.encoder.kind={kind}", *settings]
    assert run(["train", str(recipe), "--run", str(folder / "run"), *told]) == 0
    return json.loads((folder / "run" / "scores.json").read_text())["test"]


@pytest.mark.parametrize(("task", "kind"), [("classification", "sru"), ("translation", "mingru")])
def test_every_task_takes_fast_encoders(tmp_path, monkeypatch, task, kind):
    monkeypatch.setattr(generated, "LABORATORY_SIZES", {"train": 60, "dev": 10, "test": 10})
    assert trained(tmp_path, task, kind, *SMALL)["scores"]


def test_a_run_goes_on_by_the_implementation_that_it_began_with(tmp_path, monkeypatch, capsys):
    """Refused without numba where numba began it; what began without it is told so, in `train` and in `check`."""
    monkeypatch.setattr(generated, "LABORATORY_SIZES", {"train": 20, "dev": 5, "test": 5})
    trained(tmp_path, "tagging", "qrnn", *SMALL)
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["recurrences"] == "numba"
    assert "W-SCAN-01" not in "".join(capsys.readouterr())
    monkeypatch.setattr(choice, "kernels", lambda device: None)
    with pytest.raises(RecipeError, match=r"seqweave\[fast\].*E-KERNEL-03"):
        resume(tmp_path / "run")
    again = tmp_path / "again"
    again.mkdir()
    trained(again, "tagging", "qrnn", *SMALL)
    assert "W-SCAN-01" in "".join(capsys.readouterr())
    assert json.loads((again / "run" / "environment.json").read_text())["recurrences"] == "loop"
    assert run(["check", str(again / "lab.yaml"), "-o", "model.encoder.kind=qrnn"]) == 0
    assert "W-SCAN-01" in "".join(capsys.readouterr())


def test_a_tagger_learns_from_context_with_a_qrnn(tmp_path, monkeypatch):
    """Words that are nouns in one place and verbs in another are told apart."""
    monkeypatch.setattr(generated, "LABORATORY_SIZES", {"train": 300, "dev": 60, "test": 60})
    told = trained(tmp_path, "tagging", "qrnn", "-o", "training.epochs=8", "-o", "data.cache=off")
    assert told["scores"]["accuracy"]["value"] > 97
    assert told["baselines"]["most frequent tag"]["accuracy"]["value"] < 96
