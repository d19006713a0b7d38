"""`compare` over real runs: runs, files of their predictions, folders of seeds and zips come to the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seqweave.cli.app import run
from seqweave.laboratory.contract import LABORATORIES

MODELS = {
    "tagging": "{embed: [{kind: words, dim: 8}], encoder: {kind: bag}, head: {kind: tags}}",
    "classification": "{kind: linear}",
}
FORMATS = {"tagging": "conll", "classification": "tsv"}


@pytest.fixture(scope="module", params=FORMATS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data, two runs, a folder of two seeds, and the predictions of both runs."""
    folder, kind = tmp_path_factory.mktemp("compare"), FORMATS[request.param]
    laboratory = LABORATORIES[request.param]()
    for name, part in zip(("train", "dev", "test"), laboratory.split([120, 20, 60], 1), strict=True):
        laboratory.write([specimen.example for specimen in part], folder / f"{name}.{kind}")
    files = ", ".join(f"{part}: {part}.{kind}" for part in ("train", "dev", "test"))
    text = f'task: {request.param}\ndata: {{format: {kind}, {files}, cache: "off"}}\nmodel: {MODELS[request.param]}\n'
    (folder / "lab.yaml").write_text(f"{text}training: {{epochs: 2, batch_tokens: 300}}\n", encoding="utf-8")
    recipe = str(folder / "lab.yaml")
    assert run(["train", recipe, "--run", str(folder / "a")]) == 0
    assert run(["train", recipe, "--run", str(folder / "b"), "-o", "data.limit=1999", "-o", "training.epochs=1"]) == 0
    assert run(["train", recipe, "--run", str(folder / "seeds"), "--seeds", "1,2"]) == 0
    for name in "ab":
        asked = ["predict", str(folder / name), "--input", str(folder / f"test.{kind}"), "--format", kind]
        assert run([*asked, "--output", str(folder / f"{name}.jsonl")]) == 0
    (folder / "gold").symlink_to(folder / f"test.{kind}")
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["compare", *map(str, arguments), "--resamples", "200", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def gold(folder: Path) -> Path:
    return (folder / "gold").resolve()


def test_runs_and_their_predictions_come_to_the_same(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = told(capsys, made / "a", made / "b")
    assert runs["data"] == gold(made).name, "the test file that the runs record"
    mixed = told(capsys, made / "a", made / "b.jsonl", "--data", gold(made))
    files = told(capsys, made / "a.jsonl", made / "b.jsonl", "--data", gold(made))
    for other in (mixed, files):
        for metric, contest in runs["scores"].items():
            assert list(contest["systems"].values()) == list(other["scores"][metric]["systems"].values())
    assert "words" in str([part["by"] for part in mixed["slices"]])
    assert not any("words" in part["by"] for part in files["slices"])
    assert any("training files" in note for note in files["notes"])


def test_scores_are_those_of_evaluate(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, made / "a", made / "b")
    for name in "ab":
        capsys.readouterr()
        assert run(["evaluate", str(made / name), "--data", str(gold(made)), "--json"]) == 0
        for metric, score in json.loads(capsys.readouterr().out)["scores"].items():
            assert found["scores"][metric]["systems"][name]["value"] == pytest.approx(score["value"], abs=2e-3)


def test_seeds_are_compared_with_seeds(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, made / "seeds", made / "seeds", "--data", gold(made))
    assert [system["seeds"] for system in found["systems"]] == [[1, 2], [1, 2]]
    assert [system["name"] for system in found["systems"]] == [f"{made / 'seeds'} ({i})" for i in (1, 2)]
    (first, second) = found["scores"]["accuracy"]["systems"].values()
    assert first == second
    assert len(first["runs"]) == 2
    assert run(["compare", str(made / "a"), str(made / "seeds"), "--test", "randomisation"]) == 2
    assert "E-COMPARE-03" in capsys.readouterr().err


def test_people_are_shown_tables_and_a_page(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "compare.html"
    assert run(["export", str(made / "b"), "--output", str(tmp_path / "b.zip")]) == 0
    assert run(["compare", str(made / "a"), str(tmp_path / "b.zip"), "--resamples", "200", "--output", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "accuracy by length" in shown
    assert "b.zip" in shown
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def broken(lines: list[str], how: str) -> list[str]:
    match how:
        case "one is left out":
            return [*lines[:4], *lines[5:]]
        case "the last is left out":
            return lines[:-1]
        case "one is too many":
            return [*lines, lines[-1]]
        case "one is no JSON":
            return [*lines[:4], "{", *lines[5:]]
        case _:
            return [*lines[:4], "[1]", *lines[5:]]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("one is left out", (":5: this answers ", "but the example is ", "E-ANSWER-02")),
        ("the last is left out", (":59: there are 59 answers to 60 examples; the first", "E-COMPARE-06")),
        ("one is too many", (":61: there are more answers than the 60 examples", "E-COMPARE-06")),
        ("one is no JSON", (":5: not JSON", "E-DOCUMENT-01")),
        ("one is no object", (":5: this is no prediction: it is no object", "E-ANSWER-01")),
    ],
)
def test_predictions_of_other_examples_are_refused(
    how: str, said: tuple[str, ...], made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (made / "b.jsonl").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "broken.jsonl"
    path.write_text("".join(f"{line}\n" for line in broken(lines, how)), encoding="utf-8")
    assert run(["compare", str(made / "a"), str(path), "--data", str(gold(made))]) == 65
    message = capsys.readouterr().err
    assert str(path) in message
    for words in said:
        assert words in message


def test_what_cannot_be_compared_is_refused(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(code: str, *arguments: object) -> None:
        assert run(["compare", *map(str, arguments)]) != 0
        assert f"[{code}]" in capsys.readouterr().err

    refused("E-COMPARE-01", made / "a")
    refused("E-COMPARE-02", made / "a.jsonl", made / "b.jsonl")
    refused("E-RUN-03", made / "a", made / "nowhere")
    test = gold(made)
    kept = test.read_bytes()
    try:
        test.write_bytes(kept + b"\n" + kept)
        refused("E-COMPARE-05", made / "a", made / "b")
        test.rename(tmp_path / "moved")
        refused("E-COMPARE-04", made / "a", made / "b")
    finally:
        test.write_bytes(kept)
