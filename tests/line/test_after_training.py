"""What may go wrong once a run is trained: its report, its recipe, its data. Nothing that was reached is lost."""

import json

import pytest

from seqweave.cli.app import run as seqweave
from seqweave.insight import report
from seqweave.recipes import reporting

from .test_training import recipe


@pytest.fixture
def begun(tmp_path, capsys):
    """A finished run, and how to call `seqweave train --resume` on it: exit code, standard output, messages."""
    path = recipe("linear", "en", tmp_path)
    assert seqweave(["train", str(path), "--run", str(tmp_path / "run")]) == 0
    capsys.readouterr()

    def resume(*more):
        code = seqweave(["train", "--resume", str(tmp_path / "run"), *more])
        return code, *capsys.readouterr()

    return tmp_path, resume


def test_a_run_whose_report_fails_keeps_its_scores_and_draws_it_again(begun, monkeypatch, capsys):
    folder, resume = begun
    whole, page = (folder / "run" / "scores.json").read_bytes(), (folder / "run" / "report.html").read_bytes()

    def broken(account):
        raise ZeroDivisionError("a bar of no width")

    monkeypatch.setattr(reporting, "render", broken)
    assert seqweave(["train", str(folder / "recipe.yaml"), "--run", str(folder / "other"), "--json"]) == 70
    printed = capsys.readouterr()
    assert json.loads(printed.out)["test"] == json.loads(whole)["test"]
    assert "could not be drawn (ZeroDivisionError: a bar of no width)" in printed.err
    assert "[E-REPORT-01]" in printed.err
    assert (folder / "other" / "scores.json").read_bytes() == whole
    assert (folder / "other" / "model" / "manifest.json").is_file()
    assert not (folder / "other" / "report.html").exists()
    assert seqweave(["predict", str(folder / "other"), "a text"]) == 0
    monkeypatch.setattr(reporting, "render", report.render)
    (folder / "run" / "report.html").unlink()
    code, printed_scores, _ = resume()
    assert (code, bool(printed_scores)) == (0, True)
    assert (folder / "run" / "scores.json").read_bytes() == whole
    assert len((folder / "run" / "report.html").read_bytes()) == len(page)
    assert "this run is finished" in resume()[2]


def test_a_resume_with_another_recipe_or_other_data_is_refused(begun):
    folder, resume = begun
    written, scores = folder / "run" / "recipe.yaml", folder / "run" / "scores.json"
    code, _, messages = resume("-o", "training.seed=7")
    assert code == 78
    assert "-o training.seed: training.seed has changed since the run began (not set -> 7)" in messages
    scores.unlink()
    text = written.read_text("utf-8")
    written.write_text(text.replace("epochs: 3", "epochs: 5"), "utf-8")
    code, _, messages = resume()
    assert code == 78
    assert "training.epochs has changed since the run began (3 -> 5)" in messages
    assert "E-RUN-06" in messages
    written.write_text(text, "utf-8")
    data = (folder / "train.tsv").read_bytes()
    (folder / "train.tsv").write_bytes(data + data.splitlines(keepends=True)[-1])
    code, _, messages = resume()
    assert code == 65
    assert "train.tsv: this file or folder has changed since the run began (sha256 " in messages
    (folder / "train.tsv").write_bytes(data)
    assert resume()[0] == 0
    assert scores.is_file()
