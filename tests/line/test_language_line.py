"""From generated plain text to a trained language model: every verb serves it."""

import io
import json
import re
import shutil
import sys
from contextlib import suppress

import pytest

from seqweave.cli.app import run
from seqweave.core.manifest import write_manifest
from seqweave.recipes.guessing import generated
from seqweave.training.loop import Loop

SIZES = {"train": 150, "dev": 15, "test": 15}
QUICK = ("-o", "training.epochs=4", "-o", "data.cache=off")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generated, "LABORATORY_SIZES", SIZES)
        recipe = folder / "lab.yaml"
        assert run(["init", "language-modelling", "--laboratory", "--output", str(recipe)]) == 0
    assert run(["train", str(recipe), "--run", str(folder / "run"), *QUICK]) == 0
    return folder


def told(capsys, *command):
    capsys.readouterr()
    assert run(list(map(str, command))) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def logs(answers):
    return [one["log_probability"] for one in answers]


def test_a_run_is_scored_beside_counted_models(trained, capsys):
    scores = json.loads((trained / "run" / "scores.json").read_text())["test"]
    assert scores["scores"].keys() == {"perplexity", "bits_per_character", "unknown"}
    assert scores["baselines"].keys() == {"unigram", "Kneser-Ney trigram"}
    assert scores["scores"]["perplexity"]["value"] < scores["baselines"]["unigram"]["perplexity"]["value"]
    (again,) = told(capsys, "evaluate", trained / "run", "--data", trained / "lab-data" / "test.txt", "--json")
    assert again["scores"] == scores["scores"]
    page = (trained / "run" / "report.html").read_text("utf-8")
    assert "told worst" in page
    assert "percent<br>" not in page


def test_texts_are_continued_and_scored_each_by_itself(trained, capsys):
    texts = ["every old dog", "the"]
    together = told(capsys, "predict", trained / "run", *texts)
    alone = [told(capsys, "predict", trained / "run", text)[0] for text in texts]
    assert [one["generated_text"] for one in together] == [one["generated_text"] for one in alone]
    assert logs(together) == pytest.approx(logs(alone), abs=1e-4)
    assert all(one["generated_text"].startswith(one["text"]) for one in together)
    (behind,) = told(capsys, "predict", trained / "run", "the old dogs wait .\n ")
    assert behind["generated_text"] == "the old dogs wait .\n" + " ".join(one["word"] for one in behind["tokens"])
    scored = told(capsys, "predict", trained / "run", "--score", *texts)
    assert [len(one["tokens"]) for one in scored] == [3, 1]
    alone = [told(capsys, "predict", trained / "run", "--score", text)[0] for text in texts]
    assert logs(scored) == pytest.approx(logs(alone), abs=1e-4)
    short = ("-o", "model.search.kind=greedy", "-o", "model.longest=2")
    (greedy,) = told(capsys, "predict", trained / "run", *short, "the old")
    assert len(greedy["tokens"]) <= 2
    (several,) = told(capsys, "predict", trained / "run", "--best", "3", "the old")
    assert len(several["alternatives"]) == 2


def test_data_is_checked_before_training(trained, capsys):
    (report,) = told(capsys, "check", trained / "lab.yaml", "--json", *QUICK)
    assert report["parts"]["train"]["examples"] == SIZES["train"]
    assert report["forecast"]["steps"] > 0
    refused = (
        ("training.window.length=9999", "train.txt:1:", "E-WINDOW-02"),
        ("model.output={kind: adaptive}", "lab.yaml:", "E-SOFTMAX-01"),
    )
    for override, place, code in refused:
        for verb in (["check"], ["train", "--run", str(trained / "refused")]):
            assert run([*verb, str(trained / "lab.yaml"), "-o", override]) == 78
            said = capsys.readouterr().err
            assert place in said
            assert code in said


def test_a_model_answers_the_same_after_export_and_in_any_batch(trained, capsys):
    zipped = trained / "model.zip"
    assert run(["export", str(trained / "run"), "--output", str(zipped)]) == 0
    assert told(capsys, "predict", zipped, "the old") == told(capsys, "predict", trained / "run", "the old")
    (found,) = told(capsys, "evaluate", trained / "run", "--certify", "--json")
    assert found["holds"]


def test_an_exact_search_says_whether_it_proved_its_text(trained, capsys):
    exact = ("predict", trained / "run", "-o", "model.longest=3", "-o", "model.search.kind=exact", "the old")
    (proved,), (cut,) = told(capsys, *exact), told(capsys, *exact, "-o", "model.search.budget=1")
    assert (proved["proven"], cut["proven"]) == (True, False)
    assert proved["log_probability"] >= cut["log_probability"]
    (beam,) = told(capsys, "predict", trained / "run", "the old")
    assert "proven" not in beam


def test_a_cache_is_laid_over_a_run_and_its_settings_chosen_on_dev(trained, capsys):
    test = ("evaluate", trained / "run", "--data", trained / "lab-data" / "test.txt", "--json")
    (plain,), (found,) = told(capsys, *test), told(capsys, *test, "-o", "model.pointer.kind=cache")
    chosen = found["pointer"].pop("chosen_on_dev")
    settings = [f"model.pointer.{key}={value}" for key, value in found["pointer"].items()]
    assert found["pointer"]["kind"] == "cache"
    assert chosen["perplexity"] <= chosen["without"] * 1.05, "the smallest share costs little where it does not help"
    (again,) = told(capsys, *test, *(word for setting in settings for word in ("-o", setting)))
    assert again["scores"] == found["scores"] != plain["scores"]
    assert "pointer" not in plain
    assert sum(one["tokens"] for one in plain["slices"] if one["kind"] == "place") > 0
    (answer,) = told(
        capsys, "predict", trained / "run", "-o", settings[0], *("-o", settings[2]), *("-o", settings[3]), "the"
    )
    assert answer["tokens"]


def test_a_cache_is_not_chosen_where_a_file_of_the_run_has_changed(trained, capsys, tmp_path):
    shutil.copytree(trained / "lab-data", tmp_path / "lab-data")
    shutil.copytree(trained / "run", tmp_path / "run")
    with (tmp_path / "lab-data" / "dev.txt").open("a") as file:
        file.write("the old dog\n")
    test = tmp_path / "lab-data" / "test.txt"
    cached = ["evaluate", str(tmp_path / "run"), "--data", str(test), "-o", "model.pointer.kind=cache"]
    assert run(cached) == 2
    error = capsys.readouterr().err
    assert "dev.txt" in error
    assert "put this file back" in error
    assert "`seqweave evaluate`" not in error, "which is what was asked for"
    assert run([*cached, "-o", "model.pointer.theta=0.3", "-o", "model.pointer.share=0.1"]) == 0


def test_a_reading_is_explained(trained, capsys):
    page = trained / "why.html"
    (found,) = told(capsys, "explain", trained / "run", "the old dogs near", "--token", "2", "--output", page, "--json")
    assert [one["word"] for one in found["tokens"]] == ["the", "old", "dogs", "near"]
    (scored,) = told(capsys, "predict", trained / "run", "--score", "the old dogs near")
    assert [one["log_probability"] for one in found["tokens"]] == pytest.approx(
        [one["log_probability"] for one in scored["tokens"]], abs=1e-4
    )
    assert found["perplexity"] == pytest.approx(scored["perplexity"], rel=1e-4)
    assert [one["token"] for one in found["hangs_on"]] == [2]
    assert "Word by word" in page.read_text("utf-8")
    assert run(["explain", str(trained / "run"), "the old dogs near"]) == 0
    assert "next: " in capsys.readouterr().out


def test_standard_input_is_read_as_a_file_is(trained, capsys, monkeypatch, tmp_path):
    """A byte order mark is no part of the first word, and bytes that are no text are told with their place."""

    def answered(raw):
        (tmp_path / "texts.txt").write_bytes(raw)
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(raw)))
        monkeypatch.setattr(sys, "stdin", stream)
        ways = []
        for source in (str(tmp_path / "texts.txt"), "-"):
            code = run(["predict", str(trained / "run"), "--score", "--input", source])
            ways.append((code, *(said.replace("standard input:", "texts.txt:") for said in capsys.readouterr())))
        return ways

    file, standard = answered("\ufeffthe old dogs near\n\nthe dogs".encode())
    assert standard == file
    assert file[0] == 0
    assert json.loads(file[1].splitlines()[0])["tokens"][0]["word"] == "the"
    file, standard = answered(b"the dogs\ncaf\xe9 dogs\n")
    assert standard == file
    assert "texts.txt:2:4: byte 0xe9" in standard[2]


def test_scored_texts_of_two_models_are_compared(trained, capsys, tmp_path):
    lines = ("the old dogs near", "the dogs", "the old dogs")
    (tmp_path / "texts.txt").write_text("".join(f"{line}\n" for line in lines))
    command = ["predict", str(trained / "run"), "--score", "--input", str(tmp_path / "texts.txt")]
    files = [str(tmp_path / name) for name in ("one.jsonl", "two.jsonl")]
    for file in files:
        assert run([*command, "--output", file]) == 0
    (found,) = told(capsys, "compare", *files, "--data", tmp_path / "texts.txt", "--json")
    scored = [system["value"] for system in found["scores"]["perplexity"]["systems"].values()]
    assert scored[0] == scored[1] > 1


def test_models_of_words_and_of_characters_are_compared_by_bits_a_character(trained, capsys, tmp_path):
    letters = ("-o", "data.tokenizer={kind: characters, spaces: true}", "-o", "training.epochs=1")
    assert run(["train", str(trained / "lab.yaml"), "--run", str(tmp_path / "letters"), *QUICK, *letters]) == 0
    page, test = tmp_path / "page.html", trained / "lab-data" / "test.txt"
    (found,) = told(
        capsys, "compare", trained / "run", tmp_path / "letters", "--data", test, "--json", "--output", page
    )
    assert (found["metric"], [*found["scores"]]) == ("bits_per_character", ["bits_per_character"])
    for name, path in (("run", trained / "run"), ("letters", tmp_path / "letters")):
        (alone,) = told(capsys, "evaluate", path, "--data", test, "--json")
        value = found["scores"]["bits_per_character"]["systems"][name]["value"]
        assert value == pytest.approx(alone["scores"]["bits_per_character"]["value"], abs=1e-3)
    assert not found["scores"]["bits_per_character"]["percent"]
    (sentence,) = found["scores"]["bits_per_character"]["sentences"]
    assert " points " not in sentence
    assert re.search(r"[+-]\d\.\d\d\d bits per character \(95 %", sentence), "two digits would tell nothing"
    assert "in percent" not in page.read_text("utf-8")
    lost = ("-o", "data.tokenizer={kind: characters}", "-o", "training.epochs=1")
    assert run(["train", str(trained / "lab.yaml"), "--run", str(tmp_path / "lost"), *QUICK, *lost]) == 0
    assert "W-LM-01" in capsys.readouterr().err
    assert run(["compare", str(trained / "run"), str(tmp_path / "lost"), "--data", str(test)]) == 65
    assert "E-LM-05" in capsys.readouterr().err


def test_what_a_language_model_cannot_do_is_said(trained, capsys):
    for command, code in (
        (["predict", "--prefix", "x", "the"], "E-STEER-05"),
        (["predict", "--score", "every zebra sings ."], "E-LM-02"),
        (["predict", "--score", "--best", "3", "the"], "--best is for texts that are written"),
        (["predict", "--score", "-o", "model.search.size=3", "the"], "E-STEER-08"),
        (["predict", "--score", "-o", "model.longest=3", "the"], "E-STEER-08"),
        (["explain", "--beam", "3", "the old"], "E-EXPLAIN-08"),
        (["explain", "--token", "3", "the old"], "E-EXPLAIN-12"),
        (["explain", "the old " * 600], "E-EXPLAIN-10"),
        (["explain", "--neighbours", "2", "--data", str(trained / "lab-data" / "test.txt"), "the"], "E-EXPLAIN-11"),
        (["predict", "-o", "model.pointer.kind=cache", "the"], "E-CACHE-01"),
        (["predict", "-o", "model.pointer.kind=sentinel", "the"], "E-STEER-07"),
        (["predict", "-o", "model.pointer.window=0", "-o", "model.pointer.kind=cache", "the"], "window"),
    ):
        verb, *rest = command
        assert run([verb, str(trained / "run"), *rest]) != 0
        assert code in capsys.readouterr().err
    test = trained / "lab-data" / "test.txt"
    for setting in ("model.search.kind=greedy", "model.longest=3"):
        assert run(["evaluate", str(trained / "run"), "--data", str(test), "-o", setting]) != 0
        assert "E-STEER-08" in capsys.readouterr().err
    other = trained / "other.txt"
    other.write_text("THE CAT! SEES,THE DOG.\n" * 40)
    assert run(["evaluate", str(trained / "run"), "--data", str(other)]) == 65
    assert "E-LM-02" in capsys.readouterr().err


FINE = ("-o", "training.average=uniform", "-o", "training.optimizer=sgd", "-o", "training.learning_rate=0.01")


def test_a_run_is_fine_tuned_from_another(trained, capsys, tmp_path):
    """It begins with the other's weights, says whose they were, and refuses what differs."""
    start = ("-o", f"training.start.run={trained / 'run'}", "-o", "training.epochs=1", "-o", "data.cache=off")
    fine = tmp_path / "fine"
    assert run(["train", str(trained / "lab.yaml"), "--run", str(fine), *start, *FINE]) == 0
    before, after = (json.loads((one / "scores.json").read_text())["dev"]["scores"] for one in (trained / "run", fine))
    assert after["perplexity"]["value"] == pytest.approx(before["perplexity"]["value"], rel=0.05)
    assert after["perplexity"]["value"] != before["perplexity"]["value"]
    manifest = json.loads((trained / "run" / "model" / "manifest.json").read_text())
    digests = json.loads((fine / "receipt.json").read_text())["digests"]
    assert digests["run/model.safetensors"] in json.dumps(manifest)
    assert "start" not in (fine / "model" / "config.json").read_text()
    for override, code in (
        ("model.embed.dim=7", "E-START-02"),
        ("data.min_count=40", "E-START-01"),
        (f"training.start.run={tmp_path / 'nowhere'}", "E-RUN-03"),
    ):
        capsys.readouterr()
        assert run(["train", str(trained / "lab.yaml"), "--run", str(tmp_path / "other"), *start, "-o", override])
        assert code in capsys.readouterr().err
        shutil.rmtree(tmp_path / "other", ignore_errors=True)
    damaged = tmp_path / "damaged"
    shutil.copytree(trained / "run" / "model", damaged)
    (damaged / "model.safetensors").unlink()
    write_manifest(damaged)
    override = ("-o", f"training.start.run={damaged}")
    assert run(["train", str(trained / "lab.yaml"), "--run", str(tmp_path / "other"), *start, *override]) == 65
    assert "E-MANIFEST-04" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_fine_tuning_goes_on_as_if_it_had_not_stopped(trained, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    start = (
        f"training.start.run={trained / 'run'}",
        "training.epochs=1",
        "data.cache=off",
        "training.evaluate_every=5",
    )
    options = [part for one in start for part in ("-o", one)]
    with pytest.MonkeyPatch.context() as patch:
        taken = Loop._advance

        def advance(loop):
            if loop._progress.step == 7:
                raise KeyboardInterrupt
            taken(loop)

        assert run(["train", str(trained / "lab.yaml"), "--run", str(whole), *options, *FINE]) == 0
        patch.setattr(Loop, "_advance", advance)
        with suppress(KeyboardInterrupt):
            run(["train", str(trained / "lab.yaml"), "--run", str(cut), *options, *FINE])
    assert not (cut / "scores.json").exists()
    assert run(["train", "--resume", str(cut)]) == 0
    assert (cut / "metrics.jsonl").read_bytes() == (whole / "metrics.jsonl").read_bytes()
    assert (cut / "model" / "model.safetensors").read_bytes() == (whole / "model" / "model.safetensors").read_bytes()


def test_a_run_is_scored_under_other_settings_without_training(trained, capsys):
    again = trained / "again"
    settings = ("-o", f"training.start.run={trained / 'run'}", "-o", "training.epochs=0", "-o", "data.cache=off")
    cache = ("-o", "model.pointer={kind: cache, window: 30, theta: 0.5}")
    assert run(["train", str(trained / "lab.yaml"), "--run", str(again), *settings, *cache]) == 0
    scores = json.loads((again / "scores.json").read_text())["test"]
    assert 0 < scores["pointer"]["share"] < 1
    over = (*cache[:1], "model.pointer={kind: cache, window: 30, theta: 0.5}")
    test = ("evaluate", trained / "run", "--data", trained / "lab-data" / "test.txt", "--json")
    (found,) = told(capsys, *test, *over)
    assert found["scores"] == scores["scores"]
    assert run(["train", str(trained / "lab.yaml"), "--run", str(trained / "nothing"), "-o", "training.epochs=0"]) == 78
    assert "0 epochs learn nothing" in capsys.readouterr().err


def test_what_is_no_text_is_refused_and_no_file_is_written_over_itself(trained, tmp_path, capsys):
    for verb in (["predict"], ["predict", "--score"], ["explain"]):
        assert run([verb[0], str(trained / "run"), "caf\udce9", *verb[1:]]) == 65
        assert "'\\udce9' at character 4" in (said := capsys.readouterr().err)
        assert "E-TEXT-21" in said
    kept = tmp_path / "texts.txt"
    kept.write_text("the old dogs\n")
    same = ["--input", str(kept), "--output", str(kept)]
    assert run(["predict", str(trained / "run"), "--score", *same]) == 2
    assert "E-CLI-13" in capsys.readouterr().err
    assert kept.read_text() == "the old dogs\n"
    assert run(["explain", str(trained / "run"), "the old dogs", "--output", "-"]) == 0
    assert capsys.readouterr().out.startswith("<!")
    for overrides, code in (
        (["data.train=[]"], "E-RECIPE"),
        (["data.dev=null", "data.split={dev: 0}"], "E-SPLIT-03"),
        (["model.pointer={kind: cache, theta: 1e39}"], "E-RECIPE"),
    ):
        options = [word for override in overrides for word in ("-o", override)]
        assert run(["check", str(trained / "lab.yaml"), *options]) == 78
        assert code in (said := capsys.readouterr().err)
        assert "lab.yaml" in said or "-o" in said
