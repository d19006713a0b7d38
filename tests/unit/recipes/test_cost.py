"""What is foreseen reaches the run it was foreseen for and no other, and comes near what the run measures."""

import ctypes
import gc
from pathlib import Path

import pytest
import torch

from seqweave.recipes import cost
from seqweave.recipes.checking import check
from seqweave.recipes.cost import COST, begin, finish, foreseen, peak_bytes, remember
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.recipe import recipe_of
from seqweave.recipes.start import start

CPU = torch.device("cpu")
PEAKS = Path("/proc/self/clear_refs")
WITHIN = 1.3
DIGESTS = {"train.tsv": "1" * 64}


def recipe(folder, **training):
    data = {"format": "tsv", "train": "train.tsv", "dev": "dev.tsv", "cache": str(folder / "cache")}
    model = {"embed": [{"kind": "words", "dim": 128}], "encoder": {"kind": "bag"}, "head": {"kind": "label"}}
    return recipe_of({"task": "classification", "data": data, "model": model, "training": training})


def set_the_peak_back():
    """To what is in use: free memory that malloc keeps from earlier tests could be taken without a rise."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    PEAKS.write_text("5", encoding="ascii")


def test_a_forecast_reaches_its_own_runs_alone(tmp_path, monkeypatch):
    remember(recipe(tmp_path), DIGESTS, {"seconds": 1.0})
    assert foreseen(recipe(tmp_path), DIGESTS) == {"seconds": 1.0}
    assert foreseen(recipe(tmp_path, seed=7), DIGESTS) == {"seconds": 1.0}, "a seed costs nothing"
    assert foreseen(recipe(tmp_path, epochs=3), DIGESTS) == {}
    assert foreseen(recipe(tmp_path), {"train.tsv": "2" * 64}) == {}
    moved = recipe(tmp_path)
    moved = moved.model_copy(update={"data": moved.data.model_copy(update={"train": "../../train.tsv"})})
    assert foreseen(moved, DIGESTS) == {"seconds": 1.0}, "a run's paths are relative to its own folder"
    monkeypatch.setattr(torch, "get_num_threads", lambda: 99)
    assert foreseen(recipe(tmp_path), DIGESTS) == {}


def test_without_a_cache_nothing_is_kept(tmp_path):
    bare = recipe(tmp_path)
    bare = bare.model_copy(update={"data": bare.data.model_copy(update={"cache": "off"})})
    remember(bare, DIGESTS, {"seconds": 1.0})
    assert foreseen(bare, DIGESTS) == {}


def test_a_run_keeps_both_sides(tmp_path):
    run, told = RunFolder(tmp_path), recipe(tmp_path)
    remember(told, DIGESTS, {"seconds": 4.0})
    begin(run, told, DIGESTS)
    remember(told, DIGESTS, {"seconds": 5.0})
    begin(run, told, DIGESTS)
    assert run.read(COST) == {"foreseen": {"seconds": 4.0}, "measured": {}}, "a resume keeps what was foreseen"
    (tmp_path / "metrics.jsonl").write_text(
        '{"event":"evaluation","step":3,"epoch":2,"accuracy":9.0,"best":true}\n', encoding="utf-8"
    )
    (tmp_path / "timing.jsonl").write_text('{"event":"evaluation","step":3,"seconds":3.0}\n', encoding="utf-8")
    finish(run, CPU)
    both = run.read(COST)
    assert both["foreseen"] == {"seconds": 4.0}
    assert (both["measured"]["seconds"], both["measured"]["epoch_seconds"]) == (3.0, 1.5)
    assert both["measured"]["disk_bytes"] > 0


@pytest.mark.skipif(not PEAKS.exists(), reason="the peak can be set back on Linux alone")
def test_the_peak_is_the_peak():
    set_the_peak_back()
    before = peak_bytes(CPU)
    taken = torch.ones(64 << 20, dtype=torch.uint8)
    assert peak_bytes(CPU) - before == pytest.approx(taken.numel(), rel=0.1)
    del taken
    assert peak_bytes(CPU) - before > 60 << 20, "what was given back still counts"


def test_elsewhere_the_system_is_asked(monkeypatch, tmp_path):
    here = peak_bytes(CPU)
    monkeypatch.setattr(cost, "STATUS", tmp_path / "none")
    assert here / 2 < peak_bytes(CPU) < 2 * here + (1 << 30)


@pytest.mark.skipif(not PEAKS.exists(), reason="the peak can be set back on Linux alone")
def test_memory_and_disk_come_near_what_is_foreseen(tmp_path):
    """One batch of 80,000 tokens, so that a training's memory is mostly that of its step, not of the program."""
    for part, texts in {"train": 80, "dev": 4}.items():
        rows = [f"{'ab'[n % 2]}\t" + " ".join(f"w{(n * k) % 997}" for k in range(1000)) for n in range(texts)]
        (tmp_path / f"{part}.tsv").write_text("\n".join(["label\ttext", *rows]) + "\n", encoding="utf-8")
    told = recipe(tmp_path, epochs=2, batch_tokens=80_000)
    (tmp_path / "wide.yaml").write_text(
        "task: classification\n"
        f"data: {{format: tsv, train: train.tsv, dev: dev.tsv, cache: {tmp_path / 'cache'}}}\n"
        "model: {embed: [{kind: words, dim: 128}], encoder: {kind: bag}, head: {kind: label}}\n"
        "training: {epochs: 2, batch_tokens: 80000}\n",
        encoding="utf-8",
    )
    set_the_peak_back()
    before = peak_bytes(CPU)
    check(told, tmp_path)
    set_the_peak_back()
    start(tmp_path / "wide.yaml", tmp_path / "run")
    both = RunFolder(tmp_path / "run").read(COST)
    foresaw, took = (both[side]["bytes"] - before for side in ("foreseen", "measured"))
    assert took > 80_000 * 128 * 4, "one copy of the embedded words at least"
    assert took / WITHIN < foresaw < took * WITHIN
    beside = both["measured"]["disk_bytes"] - both["foreseen"]["disk_bytes"]
    assert 0 < beside < 100_000, "the run's other files are small"
    assert "seqweave check foresaw" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
