"""Files that a recipe of translation names: found from any folder, kept by the run, and needed by no exported model."""

import json

import pytest

import seqweave
from seqweave.cli.app import run
from seqweave.data.receipt import Receipt
from seqweave.metrics.translation import chrf

RECIPE = """
task: translation
data:
  train: data/train.jsonl
  source: de
  target: en
  split: {dev: 0.2}
  cache: "off"
  tokenizer: {kind: spaces}
  glossary: {path: lists/terms.tsv}
model:
  embed: [{kind: words, dim: 3, vectors: {path: lists/vectors.txt, dim: 3}}]
  encoder: {kind: gru, hidden: 4}
  decoder: {kind: attention, hidden: 4}
  target_embed: {dim: 4}
  output: {kind: pointer-generator}
training: {epochs: 1, batch_rows: 8, seed: 1}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A recipe with its files, seen from another folder."""
    folder, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for path in (folder / "data", folder / "lists", elsewhere):
        path.mkdir(parents=True)
    pairs = [{"de": f"wir sehen {n} hunde", "en": f"we see {n} dogs"} for n in range(30)]
    (folder / "data" / "train.jsonl").write_text("".join(json.dumps({"translation": one}) + "\n" for one in pairs))
    (folder / "lists" / "terms.tsv").write_text("hunde\tsee dogs\nMaier\tMaier\n")
    (folder / "lists" / "vectors.txt").write_text("wir 1 2 3\nsehen 0.5 0 1\n")
    (folder / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(elsewhere)
    return folder


def test_a_recipe_is_trained_from_another_folder_and_its_model_needs_no_file(project, capsys, monkeypatch):
    assert run(["check", "../project/recipe.yaml"]) == 0
    assert run(["train", "../project/recipe.yaml", "--run", "runs/one"]) == 0
    monkeypatch.chdir(project.parent)
    (project.parent / "elsewhere/runs/one/scores.json").unlink()
    assert run(["train", "--resume", "elsewhere/runs/one"]) == 0
    assert run(["evaluate", "elsewhere/runs/one", "--data", "project/data/train.jsonl", "--json"]) == 0
    assert run(["export", "elsewhere/runs/one", "--output", "one.zip"]) == 0
    project.rename(project.parent / "gone")
    capsys.readouterr()
    for model in ("elsewhere/runs/one", "one.zip"):
        assert run(["predict", model, "wir sehen hunde", "Maier- sieht"]) == 0
        shown = capsys.readouterr()
        first, second = map(json.loads, shown.out.splitlines())
        assert "see dogs" in first["translation_text"]
        assert "terms_missed" not in first
        assert second["terms_missed"] == ["Maier"]
        assert "texts lack what the glossary asks for" in shown.err
        assert "(1 times)" in shown.err
    config = (project.parent / "elsewhere/runs/one/model/config.json").read_text()
    assert "terms.tsv" not in config
    assert "vectors.txt" not in config


def test_a_glossary_that_has_changed_or_gone_is_told(project, capsys):
    assert run(["train", "../project/recipe.yaml", "--run", "one"]) == 0
    (project.parent / "elsewhere/one/scores.json").unlink()
    evaluate, terms = ["evaluate", "one", "--data", "../project/data/train.jsonl"], project / "lists" / "terms.tsv"
    terms.unlink()
    assert run(evaluate) == 0
    assert "terms.tsv: the file is not there: there are no baselines" in capsys.readouterr().err
    terms.write_text("hunde\tdogs see\n")
    assert run([*evaluate, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    (notice,) = [notice for notice in shown["notices"] if notice["code"] == "W-EVALUATE-01"]
    assert (notice["where"], shown["baselines"]) == ("terms.tsv", {})
    assert run(["train", "--resume", "one"]) == 65
    assert "terms.tsv: this file or folder has changed since the run began" in capsys.readouterr().err


def test_a_term_that_only_a_copy_could_write_is_refused_before_training(project, capsys):
    wanted = ["train", "../project/recipe.yaml", "--run", "one", "-o", "model.output={kind: softmax}"]
    assert run(wanted) == 78
    assert "'Maier'" in capsys.readouterr().err


def test_texts_are_written_as_asked_for(project, capsys):
    for seed in (1, 2):
        overrides = ["-o", f"training.seed={seed}", "-o", "data.split.seed=1"]
        assert run(["train", "../project/recipe.yaml", "--run", f"s{seed}", *overrides]) == 0
    capsys.readouterr()
    asked = ["--prefix", "we 4", "--best", "3", "-o", "model.search.size=4", "--with", "s2"]
    assert run(["predict", "s1", "wir 4 hunde", *asked]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["translation_text"].startswith("we 4 ")
    assert len(answer["alternatives"]) == 2
    assert run(["predict", "s1", "wir", "--prefix", "Huber"]) == 65
    assert run(["predict", "s1", "wir", "-o", "model.search.size=0"]) == 78
    assert run(["predict", "s1", "wir", "-o", "data.limit=3"]) == 2
    evaluate = ["evaluate", "s1", "--data", "../project/data/train.jsonl", "--with", "s2"]
    assert run([*evaluate, "-o", "model.search.size=2", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)["scores"]
    together = seqweave.load("s1", "s2").steered("model.search.size=2")
    golds = list(together.trained.task.read(project / "data/train.jsonl", Receipt("x"), together.trained.tokenizer))
    written = [answer["translation_text"] for answer in together([gold.text for gold in golds])]
    assert scores["chrf"]["value"] == round(chrf([gold.target for gold in golds], written).value, 3)
    assert run([*evaluate, "--certify"]) == 2
    assert "--with" in capsys.readouterr().err


def test_lines_that_any_of_several_runs_was_trained_on_are_told_apart(project, capsys):
    """The first one is a model alone, of which nobody knows what it was trained on."""
    assert run(["train", "../project/recipe.yaml", "--run", "one"]) == 0
    evaluate, unseen = ["evaluate", "one/model", "--data", "../project/data/train.jsonl", "--json"], []
    for others in ([], ["--with", "one"]):
        capsys.readouterr()
        assert run([*evaluate, *others]) == 0
        unseen.append(json.loads(capsys.readouterr().out).get("unseen", {}).get("examples"))
    assert unseen == [None, 6]
