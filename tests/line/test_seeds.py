"""`train --seeds`: a folder of runs that goes on where it was stopped, and what other verbs make of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from statistics import mean, stdev

import pytest

from seqweave.cli.app import run
from seqweave.core.errors import CommandError, DataError, StoppedError
from seqweave.laboratory.contract import LABORATORIES
from seqweave.recipes import train as training
from seqweave.recipes.seeds import SeedsFolder

RECIPE = """
task: tagging
data: {format: conll, train: train.conll, dev: dev.conll, test: test.conll, cache: "off"}
model:
  embed: [{kind: words, dim: 8}]
  encoder: {kind: gru, hidden: 8}
  head: {kind: tags}
training: {epochs: 1, batch_tokens: 200}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds of a small tagger, trained; beside its recipe and data."""
    folder = tmp_path_factory.mktemp("seeds")
    laboratory = LABORATORIES["tagging"]()
    for name, part in zip(("train", "dev", "test"), laboratory.split([80, 20, 20], 1), strict=True):
        laboratory.write([specimen.example for specimen in part], folder / f"{name}.conll")
    (folder / "lab.yaml").write_text(RECIPE, encoding="utf-8")
    assert run(["train", str(folder / "lab.yaml"), "--seeds", "3,7", "--run", str(folder / "runs")]) == 0
    return folder


def weights(run_folder: Path) -> bytes:
    return (run_folder / "model" / "model.safetensors").read_bytes()


def test_each_seed_is_the_run_that_it_would_be_alone(made: Path) -> None:
    assert weights(made / "runs" / "seed-3") != weights(made / "runs" / "seed-7")
    alone = made / "alone"
    assert run(["train", str(made / "lab.yaml"), "-o", "training.seed=7", "--run", str(alone)]) == 0
    assert weights(alone) == weights(made / "runs" / "seed-7")


def test_mean_and_spread_are_those_of_the_runs(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--resume", str(made / "runs"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    alone = [json.loads((made / "runs" / f"seed-{s}" / "scores.json").read_text()) for s in (3, 7)]
    values = [one["test"]["scores"]["accuracy"]["value"] for one in alone]
    assert told["seeds"] == [3, 7]
    assert told["test"]["scores"]["accuracy"] == {
        "mean": pytest.approx(mean(values), abs=1e-3),
        "spread": pytest.approx(stdev(values), abs=1e-3),
        "runs": values,
    }
    assert run(["train", "--resume", str(made / "runs")]) == 0
    shown = capsys.readouterr()
    assert "all seeds are finished" in shown.err
    assert f"{mean(values):.2f}" in shown.out
    assert "seed 7" in shown.out


def test_finished_seeds_are_never_trained_again(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made / "runs", copy)
    recipe = copy / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("../", f"{made}/"), encoding="utf-8")
    shutil.rmtree(copy / "seed-7")
    (copy / "seed-7").mkdir()  # as a process leaves it that was killed before it wrote the recipe
    trained = []
    real = training.train
    monkeypatch.setattr(training, "train", lambda folder, show: trained.append(folder.path.name) or real(folder, show))
    assert not SeedsFolder.open(copy).finished
    assert list(SeedsFolder.open(copy).spreads()["test"]["accuracy"].runs) != []
    assert run(["train", "--resume", str(copy)]) == 0
    assert trained == ["seed-7"]
    assert weights(copy / "seed-7") == weights(made / "runs" / "seed-7")
    assert run(["info", str(copy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["runs"] == {
        "seed 3": "finished",
        "seed 7": "finished",
    }


def test_what_stops_a_seed_says_how_all_go_on(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(folder: object, show: object) -> None:
        raise StoppedError(2, "stopped", mend="seqweave train --resume some/seed-3")

    monkeypatch.setattr(training, "train", stopped)
    path = tmp_path / "stopped"
    from seqweave.recipes.seeds import start_seeds
    from seqweave.recipes.start import silent

    with pytest.raises(StoppedError) as caught:
        start_seeds(made / "lab.yaml", path, (), (3, 7), silent)
    assert caught.value.mend == f"seqweave train --resume {path}"
    assert caught.value.exit_code == 130


def test_evaluate_shows_all_seeds(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(made / "test.conll")
    assert run(["evaluate", str(made / "runs"), "--data", data, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    for place, seed in enumerate((3, 7)):
        assert run(["evaluate", str(made / "runs" / f"seed-{seed}"), "--data", data, "--json"]) == 0
        alone = json.loads(capsys.readouterr().out)
        assert told["scores"]["accuracy"]["runs"][place] == alone["scores"]["accuracy"]["value"]
    assert (told["examples"], told["seeds"]) == (20, [3, 7])
    unread = made / "train.conll"
    kept = unread.rename(made / "gone.conll")
    try:
        capsys.readouterr()
        assert run(["evaluate", str(made / "runs"), "--data", data]) == 0
        assert capsys.readouterr().err.count("W-EVALUATE-01") == 1
    finally:
        kept.rename(unread)


@pytest.mark.parametrize("verb", [["predict", "RUN", "a text"], ["export", "RUN", "--output", "OUT"]])
def test_verbs_of_one_model_ask_for_one(
    verb: list[str], made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"RUN": str(made / "runs"), "OUT": str(tmp_path / "out")}
    assert run([places.get(word, word) for word in verb]) == 66
    message = capsys.readouterr().err
    assert "[E-SEEDS-01]" in message
    assert str(made / "runs" / "seed-3") in message


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["lab.yaml", "--seeds", "1,1"], "E-SEEDS-02"),
        (["lab.yaml", "--seeds", "1,two"], "E-CLI-04"),
        (["lab.yaml", "--seeds", "1,2", "--devices", "2"], "E-SEEDS-05"),
        (["--resume", "runs", "--seeds", "1,2"], "E-SEEDS-04"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], code: str, made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made)
    assert run(["train", *arguments]) == CommandError.exit_code
    assert f"[{code}]" in capsys.readouterr().err


def test_a_wrong_recipe_leaves_no_folder(made: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(RECIPE.replace("kind: gru", "kind: grue"), encoding="utf-8")
    assert run(["train", str(tmp_path / "bad.yaml"), "--seeds", "1,2", "--run", str(tmp_path / "bad")]) == 78
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize("plan", ["{}", '{"seeds": []}', '{"seeds": [true]}', "[]"])
def test_a_malformed_list_of_seeds_is_refused(plan: str, tmp_path: Path) -> None:
    (tmp_path / "seeds.json").write_text(plan, encoding="utf-8")
    with pytest.raises(DataError, match="E-SEEDS-03"):
        SeedsFolder.open(tmp_path)
