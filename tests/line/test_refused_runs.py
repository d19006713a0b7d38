"""A run that is refused before anything was learned leaves no folder in the way of the mended one."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from seqweave.core.emitter import to_yaml
from seqweave.core.errors import DiskError, InternalError, SeqweaveError
from seqweave.core.lock import run_lock
from seqweave.laboratory.contract import LABORATORIES
from seqweave.recipes import train
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.seeds import start_seeds
from seqweave.recipes.start import silent, start


@pytest.fixture
def recipe(tmp_path):
    laboratory = LABORATORIES["classification"]()
    for name, part in zip(("train", "dev"), laboratory.split([60, 12], 1), strict=True):
        laboratory.write([specimen.example for specimen in part], tmp_path / f"{name}.tsv")
    embed = [{"kind": "words", "dim": 8, "rare_word_dropout": 0}]
    model = {"embed": embed, "encoder": {"kind": "gru", "hidden": 8}, "head": {"kind": "label"}}
    found = {
        "task": "classification",
        "data": {"train": "train.tsv", "dev": "dev.tsv", "cache": "off"},
        "model": model,
        "training": {"epochs": 2, "batch_tokens": 200, "log_steps": 1},
    }
    (tmp_path / "recipe.yaml").write_text(to_yaml(found), "utf-8")
    return tmp_path / "recipe.yaml"


WRONG = {
    "in reading": ("training.epochs=-1", "E-RECIPE-"),
    "for its data": ("data.train=nowhere.tsv", "E-TEXT-01"),
    "for what it borrows": ("model.embed=[{kind: contextual, run: nowhere}]", "E-RUN-03"),
}


def begin(recipe, path, override, several):
    if several:
        start_seeds(recipe, path, [override], [1, 2], silent)
    else:
        start(recipe, path, [override])


@pytest.mark.parametrize("several", [False, True], ids=["one", "seeds"])
@pytest.mark.parametrize(("override", "code"), WRONG.values(), ids=WRONG.keys())
def test_nothing_is_left_of_what_is_refused(recipe, tmp_path, override, code, several):
    with pytest.raises(SeqweaveError, match=code):
        begin(recipe, tmp_path / "run", override, several)
    assert not (tmp_path / "run").exists()
    begin(recipe, tmp_path / "run", "training.epochs=1", several)


@pytest.mark.parametrize("several", [False, True], ids=["one", "seeds"])
def test_what_was_learned_is_kept(recipe, tmp_path, several, monkeypatch):
    def full(*_):
        raise DiskError("E-DISK-01", "the disk is full")

    monkeypatch.setattr(train, "_scored", full)
    with pytest.raises(DiskError):
        begin(recipe, tmp_path / "run", "training.epochs=1", several)
    run = RunFolder(tmp_path / "run" / "seed-1" if several else tmp_path / "run")
    assert run.begun
    assert [json.loads(line)["event"] for line in (run.path / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("overrides", "code"),
    [([], "E-LOCK-01"), (["data.train=nowhere.tsv"], "E-TEXT-01")],
    ids=["in training", "before it takes the lock itself"],
)
def test_a_folder_that_another_process_took_is_left_to_it(recipe, tmp_path, monkeypatch, overrides, code):
    create = RunFolder.create.__func__

    def taken(cls, path, *rest):
        run = create(cls, path, *rest)
        lock.enter_context(run_lock(path))
        return run

    monkeypatch.setattr(RunFolder, "create", classmethod(taken))
    with ExitStack() as lock, pytest.raises(SeqweaveError, match=code):
        start(recipe, tmp_path / "run", overrides)
    assert RunFolder(tmp_path / "run").recipe.is_file()


def test_a_folder_that_was_there_before_stays_and_the_reason_is_told(recipe, tmp_path, monkeypatch):
    target, link = tmp_path / "target", tmp_path / "link"
    target.mkdir()
    link.symlink_to(target)
    monkeypatch.chdir(target)
    for run in (target, link, Path()):
        with pytest.raises(SeqweaveError, match="E-TEXT-01"):
            start(recipe, run, ["data.train=nowhere.tsv"])
        assert link.is_symlink()
        assert list(target.iterdir()) == []
    start(recipe, link, ["training.epochs=1"])
    assert RunFolder(target).begun


def test_our_own_fault_leaves_what_its_report_needs(recipe, tmp_path, monkeypatch):
    def broken(*_):
        raise InternalError("E-TRAIN-04", "a fault of ours")

    monkeypatch.setattr(train, "gather", broken)
    with pytest.raises(InternalError):
        start(recipe, tmp_path / "run")
    assert RunFolder(tmp_path / "run").recipe.is_file()
