"""Every verb in the order of use, over generated data: files to a recipe, a run, scores, answers, and an archive."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from seqweave.cli.app import run
from seqweave.recipes.guessing import generated

SIZES = {"train": 150, "dev": 30, "test": 30}
QUICK = ("-o", "training.epochs=2", "-o", "training.batch_tokens=300", "-o", "data.cache=off")
TEXTS = {"tagging": ["the dog put the light .", "a fish ."], "classification": ["the food was bad .", "it was great ."]}
FORMATS = {"tagging": "conll", "classification": "tsv"}


@pytest.fixture(scope="module", params=FORMATS)
def line(request, tmp_path_factory):
    """A folder with a recipe over little data and its finished run; and the task."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generated, "LABORATORY_SIZES", SIZES)
        assert run(["init", request.param, "--laboratory", "--output", str(folder / "lab.yaml")]) == 0
    assert run(["train", str(folder / "lab.yaml"), "--run", str(folder / "run"), *QUICK]) == 0
    return folder, request.param


@pytest.fixture
def said(capsys):
    """What a command prints, line by line; it must end well."""

    def call(*arguments):
        capsys.readouterr()
        assert run([str(argument) for argument in arguments]) == 0
        return capsys.readouterr().out.splitlines()

    return call


def test_check_says_what_is_there_and_what_it_costs(line, said):
    folder, task = line
    report = json.loads(said("check", folder / "lab.yaml", *QUICK, "--json", "--show")[0])
    assert report["task"] == task
    assert {part: facts["examples"] for part, facts in report["parts"].items()} == SIZES
    counted = sum(parts["train"] for parts in report["labels"].values())
    assert counted == (report["parts"]["train"]["tokens"] if task == "tagging" else SIZES["train"])
    for file in report["files"]:
        assert sum(count for kind, count in file.items() if kind not in ("file", "lines")) == file["lines"]
    assert report["parameters"].pop("all") == sum(report["parameters"].values())
    assert report["forecast"]["seconds"] > 0
    assert report["forecast"]["bytes"] > 10_000_000
    origins = {setting["key"]: setting["from"] for setting in report["settings"]}
    assert origins["training.epochs"] == "-o training.epochs"
    assert origins["training.clip"] == "default"
    assert "lab.yaml:" in origins["training.seed"]


def test_explain_tells_why_on_a_page_and_as_an_object(line, said, tmp_path):
    folder, task = line
    page = tmp_path / "why.html"
    arguments = ["explain", folder / "run", TEXTS[task][0]]
    found = json.loads(said(*arguments, "--json", "--output", page)[0])
    assert [method["method"] for method in found["reasons"][0]["methods"]] == ["integrated gradients", "occlusion"]
    html = page.read_text(encoding="utf-8")
    assert html.count("completeness gap: ") == 2
    for method in found["reasons"][0]["methods"]:
        assert method["line"] in html
        assert len(method["shares"]) == len(found["tokens"])
    assert "completeness gap: " in "".join(said(*arguments))
    assert run([str(argument) for argument in [*arguments, "--neighbours", "2"]]) == 2
    data = folder / f"lab-data/train.{FORMATS[task]}"
    alike = json.loads(said(*arguments, "--neighbours", "2", "--data", data, "--json")[0])["neighbours"]
    assert len(alike) == 2
    assert alike[0]["cosine"] >= alike[1]["cosine"]
    listed = "".join(said(*arguments, "--neighbours", "2", "--data", data))
    assert all(f"{one['cosine']:.3f}" in listed for one in alike)


def test_check_leaves_nothing_but_says_go(line, said):
    folder, _ = line
    before = sorted(folder.rglob("*"))
    assert any(text.startswith("estimate: ") for text in said("check", folder / "lab.yaml", *QUICK))
    assert sorted(folder.rglob("*")) == before


def test_resuming_a_finished_run_shows_its_scores(line, said):
    folder, _ = line
    weights = (folder / "run" / "model" / "model.safetensors").read_bytes()
    shown = json.loads(said("train", "--resume", folder / "run", "--json")[0])
    assert shown["test"] == json.loads((folder / "run" / "scores.json").read_text())["test"]
    assert (folder / "run" / "model" / "model.safetensors").read_bytes() == weights


def test_a_taken_run_folder_is_left_alone(line, capsys):
    folder, _ = line
    assert run(["train", str(folder / "lab.yaml"), "--run", str(folder / "run")]) == 2
    assert "--resume" in capsys.readouterr().err


def test_evaluate_agrees_with_the_run(line, said):
    folder, task = line
    path = folder / "lab-data" / f"test.{FORMATS[task]}"
    again = json.loads(said("evaluate", folder / "run", "--data", path, "--json")[0])
    first = json.loads((folder / "run" / "scores.json").read_text())["test"]
    assert again["scores"] == first["scores"]
    assert again["baselines"] == first["baselines"]


def test_a_certificate_is_made_of_the_run_s_own_dev_part(line, said):
    folder, _ = line
    metrics = (folder / "run" / "metrics.jsonl").read_bytes()
    made = json.loads(said("evaluate", folder / "run", "--certify", "--json")[0])
    assert made["holds"]
    assert (made["data"], made["examples"], made["examples_in_all"]) == ("dev", SIZES["dev"], SIZES["dev"])
    assert json.loads(said("info", folder / "run", "--json")[0])["certificate"]["standing"] == "holds"
    assert (folder / "run" / "metrics.jsonl").read_bytes() == metrics


def test_a_run_tells_what_it_cost(line):
    folder, _ = line
    cost = json.loads((folder / "run" / "cost.json").read_text())
    assert cost["foreseen"] == {}, "it was not checked before it was trained"
    assert cost["measured"]["epoch_seconds"] > 0
    assert "What the training cost" in (folder / "run" / "report.html").read_text(encoding="utf-8")


def test_all_ways_to_ask_give_the_same_answers(line, said, monkeypatch, tmp_path):
    folder, task = line
    asked = said("predict", folder / "run", *TEXTS[task])
    assert [json.loads(answer)["text"] for answer in asked] == TEXTS[task]
    source = tmp_path / "texts.txt"
    source.write_text("".join(f"{text}\n" for text in TEXTS[task]), encoding="utf-8")
    assert said("predict", folder / "run", "--input", source) == asked
    with source.open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert said("predict", folder / "run", "--input", "-") == asked
    assert said("predict", folder / "run", "--tokens", *TEXTS[task]) == asked, "these texts have spaces between words"
    assert said("predict", folder / "run", "--input", source, "--output", tmp_path / "answers.jsonl") == []
    assert (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines() == asked


def test_lines_without_a_text_are_counted_and_the_others_answered(line, tmp_path, capsys):
    folder, task = line
    source = tmp_path / "texts.txt"
    source.write_text("\n".join(["", TEXTS[task][0], "  ", TEXTS[task][1], "\u200b"]), encoding="utf-8")
    assert run(["predict", str(folder / "run"), "--input", str(source)]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(answer)["text"] for answer in out.splitlines()] == TEXTS[task]
    assert err == "warning: texts.txt:1: lines without a text have no answer [W-TEXT-02] (3 times)\n"


def test_what_is_odd_in_a_scored_file_is_told(line, tmp_path, capsys):
    folder, task = line
    path = tmp_path / f"odd.{FORMATS[task]}"
    text = (folder / "lab-data" / f"test.{FORMATS[task]}").read_text(encoding="utf-8")
    path.write_text(text + ("new\tNEVER\n" if task == "tagging" else "NEVER\ta text\n"), encoding="utf-8")
    assert run(["evaluate", str(folder / "run"), "--data", str(path), "--json"]) == 0
    out, err = capsys.readouterr()
    assert "cannot be answered: 'NEVER' [W-LABEL-05]" in err
    assert "W-LABEL-05" in [notice["code"] for notice in json.loads(out)["notices"]]


def test_files_of_the_run_s_own_format_are_answered(line, said):
    folder, task = line
    path = folder / "lab-data" / f"test.{FORMATS[task]}"
    answers = said("predict", folder / "run", "--input", path, "--format", FORMATS[task])
    assert len(answers) == SIZES["test"]
    assert {"tagging": "tokens", "classification": "labels"}[task] in json.loads(answers[0])


@pytest.mark.parametrize("name", ["model.zip", "model"])
def test_an_exported_model_gives_the_same_answers(name, line, said, tmp_path):
    folder, task = line
    target = tmp_path / name
    done = json.loads(said("export", folder / "run", "--output", target, "--json")[0])
    assert done["finished"]
    assert done["bytes"] > 0
    assert said("predict", target, *TEXTS[task]) == said("predict", folder / "run", *TEXTS[task])
    assert said("info", target, "--json") != []
    held = target.read_bytes() if target.is_file() else b"".join(path.read_bytes() for path in target.iterdir())
    for private in (str(folder), "lab-data", "receipt"):
        assert private.encode() not in held
    assert run(["export", str(folder / "run"), "--output", str(target)]) == 2
    assert said("export", folder / "run", "--output", target, "--force") != []


def test_an_export_never_empties_a_folder_of_other_things(line, tmp_path, capsys):
    folder, _ = line
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(["export", str(folder / "run"), "--output", str(tmp_path), "--force"]) == 2
    assert "E-EXPORT-01" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_run_killed_right_after_its_start_goes_on(line, tmp_path, said):
    folder, _ = line
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "seqweave", "train", str(folder / "lab.yaml"), "--run", str(killed), *QUICK]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    while not (killed / "recipe.yaml").is_file():
        assert process.poll() is None, "the recipe is written first of all"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "checkpoints").exists(), "it came to no checkpoint"
    said("train", "--resume", killed)
    whole, again = (json.loads((path / "scores.json").read_text()) for path in (folder / "run", killed))
    assert again == whole


def test_a_demonstration_ends_with_answers_and_what_to_do_next(tmp_path, said, monkeypatch):
    monkeypatch.setattr(generated, "LABORATORY_SIZES", SIZES)
    monkeypatch.setattr("seqweave.recipes.guessing.defaults.LABORATORY_EPOCHS", 1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")  # in 80 the names of baselines are broken over lines
    shown = "\n".join(said("demo", "classification", "--run", tmp_path / "demo"))
    for expected in ("accuracy", "most frequent", "the music was never dull .", "report.html", "seqweave init"):
        assert expected in shown
    assert (tmp_path / "demo" / "run" / "report.html").is_file()
