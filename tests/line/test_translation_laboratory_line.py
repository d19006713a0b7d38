"""From a laboratory of pairs to a trained translator: a laboratory is chosen by name, and its files by their sides."""

import json
import math

import pytest

from seqweave.cli.app import run
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.insight.searching.explain import explain_writing
from seqweave.insight.searching.study import Subject, study
from seqweave.recipes.guessing import generated
from seqweave.recipes.saving import load

SIZES = {"train": 80, "dev": 10, "test": 10}
QUICK = ("-o", "training.epochs=1", "-o", "training.batch_rows=20", "-o", "data.cache=off")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(generated, "LABORATORY_SIZES", SIZES)


def test_a_named_laboratory_is_generated_trained_on_and_answered(tmp_path, capsys):
    recipe, folder = tmp_path / "lab.yaml", tmp_path / "run"
    assert run(["init", "translation", "--laboratory", "copy-names", "--output", str(recipe)]) == 0
    assert run(["train", str(recipe), "--run", str(folder), *QUICK]) == 0
    assert json.loads((folder / "scores.json").read_text())["test"]["scores"].keys() >= {"exact", "bleu"}
    capsys.readouterr()
    assert run(["check", str(recipe), "--json", *QUICK]) == 0
    report = json.loads(capsys.readouterr().out)
    for side, key in (("parts", "source"), ("targets", "target")):
        for part in SIZES:
            lines = (tmp_path / "lab-data" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
            tokens = sum(len(json.loads(line)["translation"][key].split()) for line in lines)
            assert (report[side][part]["examples"], report[side][part]["tokens"]) == (SIZES[part], tokens)
    assert report["labels"] == {}
    assert run(["predict", str(folder), "today Neverseenba lent a book to Oncemoreda ."]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer["translation_text"], str)
    assert {token["origin"] for token in answer["tokens"]} <= {"written", "copied", "unknown"}
    page = tmp_path / "why.html"
    text, gold = "today Neverseenba lent a book to Oncemoreda .", "today Neverseenba lent a book ."
    told = ["--reference", gold, "--beam", "2", "--output", str(page), "--json"]
    assert run(["explain", str(folder), text, *told]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["reference"]["verdict"] in ("found", "search error", "model error", "cannot be written")
    assert found["tree"]["nodes"][0]["parent"] == -1
    assert "The beam, 2 wide" in page.read_text("utf-8")
    data = tmp_path / "lab-data" / "test.jsonl"
    studied = ["evaluate", str(folder), "--data", str(data), "--search-errors", "--sentences", "1", "--budget", "20"]
    assert run([*studied, "--json"]) == 0
    for one_study in json.loads(capsys.readouterr().out)["studies"]:
        assert [one["name"] for one in one_study["searches"]] == ["beam 1", "beam 3", "beam 5", "beam 10", "exact"]
        assert one_study["searches"][-1]["exact_scores_higher"] == 0
    require_that_the_forbidden_is_no_error(load(folder / "model"), text, gold)


def require_that_the_forbidden_is_no_error(trained, text, gold):
    """A reference that the settings of a search forbid was missed by no search, whatever its score."""
    config = trained.network.config
    search = config.search.model_copy(update={"shortest": 15})
    network = trained.network.searching(config.model_copy(update={"search": search})).eval()
    example = TranslationExample(text, tuple(text.split()), (), (), gold, tuple(gold.split()))
    found = explain_writing(network, trained.codec, example).reference
    assert found.verdict == "forbidden"
    assert math.isfinite(found.score)
    subject = Subject(network, trained.codec, trained.task, Corpus.of(TranslationExample, [example]))
    assert study(subject, "none", 20).references.tolist() == [-math.inf]


def test_a_recipe_for_two_aligned_files_is_one_that_trains(tmp_path):
    for part, size in (("train", 60), ("dev", 10)):
        pairs = [(f"wir sahen haus {number}", f"we saw house {number}") for number in range(size)]
        for side, language in enumerate(("de", "en")):
            (tmp_path / f"{part}.{language}").write_text("".join(f"{pair[side]}\n" for pair in pairs))
    files = [str(tmp_path / f"{part}.{language}") for part in ("train", "dev") for language in ("de", "en")]
    recipe = tmp_path / "my.yaml"
    assert run(["init", "translation", *files, "--output", str(recipe)]) == 0
    small = ("model.embed.0.dim=8", "model.encoder.hidden=8", "model.decoder.hidden=8", "model.target_embed.dim=8")
    overrides = [part for setting in small for part in ("-o", setting)]
    assert run(["train", str(recipe), "--run", str(tmp_path / "run"), *QUICK, *overrides]) == 0


def test_a_laboratory_that_is_not_there_is_told(tmp_path, capsys):
    assert run(["init", "translation", "--laboratory", "revers", "--output", str(tmp_path / "lab.yaml")]) != 0
    assert "'reverse'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
