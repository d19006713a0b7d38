"""Small training runs over laboratory data, each of its own kind, and what of a run must be the same byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqweave.core.emitter import to_yaml
from seqweave.core.nodes import Plain
from seqweave.laboratory.contract import LABORATORIES, Laboratory
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.recipe import read
from seqweave.recipes.start import document, resume, start

PARTS = ("train", "dev", "test")
HELD_OUT = 5
"""How many times more sentences are trained on than are in dev, and in test."""
SUFFIXES = {"classification": "tsv", "tagging": "conll"}
RESULTS = ("model/model.safetensors", "model/vocabulary.json", "metrics.jsonl", "scores.json")
"""What is reproducible to the byte, of the files that a run leaves."""

WORDS: Plain = {"kind": "words", "dim": 24, "rare_word_dropout": 0.2}
TRAINING: Mapping[str, Plain] = {
    "epochs": 4,
    "batch_tokens": 160,
    "learning_rate": 0.01,
    "log_steps": 5,
    "checkpoint_seconds": 0.1,
}
RECIPES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "tagging by LSTM and CRF": (
        "tagging",
        {
            "model": {
                "embed": [WORDS, {"kind": "characters", "dim": 12}],
                "embed_dropout": 0.3,
                "encoder": {"kind": "lstm", "hidden": 24, "bidirectional": True, "dropout": 0.3},
                "head": {"kind": "crf"},
            },
        },
    ),
    "classification by self-attention": (
        "classification",
        {
            "model": {
                "embed": [WORDS],
                "embed_dropout": 0.2,
                "encoder": {"kind": "self-attention", "hidden": 24, "heads": 2, "layers": 1, "dropout": 0.2},
                "head": {"kind": "label"},
            },
            "training": {"schedule": "cosine", "warmup_steps": 10, "stop": {"patience": 2}},
        },
    ),
    "several labels by GRU, averaged": (
        "classification",
        {
            "data": {"multi_label": True},
            "model": {
                "embed": [WORDS],
                "encoder": {"kind": "gru", "hidden": 24, "bidirectional": True, "dropout": 0.3},
                "head": {"kind": "labels"},
            },
            "training": {"average": 0.95, "evaluate_every": 11, "optimizer": "adamw"},
        },
    ),
    "tagging by weight-dropped LSTM, accumulated": (
        "tagging",
        {
            "model": {
                "embed": [WORDS],
                "encoder": {"kind": "lstm", "hidden": 24, "layers": 2, "weight_drop": 0.3, "dropout": 0.2},
                "head": {"kind": "tags"},
            },
            "training": {"accumulate": 3, "clip": 1.0, "schedule": "plateau", "l2": {"*.weight": 1e-5}},
        },
    ),
}
"""Four recipes that share as little as they can: task, embedders, encoder, head, schedule, averaging, accumulation."""


def written(name: str, folder: Path, sentences: int, **training: Plain) -> Path:
    """A recipe of `RECIPES` as a file in a new folder, beside its data and its cache.

    Args:
        name: of the recipe.
        folder: made here.
        sentences: in the training part.
        training: settings laid over the recipe's own.
    """
    task, parts = RECIPES[name]
    folder.mkdir(parents=True)
    laboratory: Laboratory[Any] = LABORATORIES[task]()
    files = {part: f"{part}.{SUFFIXES[task]}" for part in PARTS}
    sizes = [sentences, sentences // HELD_OUT, sentences // HELD_OUT]
    for file, specimens in zip(files.values(), laboratory.split(sizes, 1), strict=True):
        laboratory.write([specimen.example for specimen in specimens], folder / file)
    data = {**files, "cache": str(folder / "cache"), **parts.get("data", {})}
    settings = {**TRAINING, **parts.get("training", {}), **training}
    path = folder / "recipe.yaml"
    values = {"task": task, "data": data, "model": parts["model"], "training": settings}
    path.write_text(to_yaml(values), encoding="utf-8")
    read(document(path))  # tells a mistake at once, and loads every family before anything forks
    return path


def go_on(recipe: Path, run: Path) -> None:
    """What a user does until a run is finished: start it, or resume it where it stands."""
    if not RunFolder(run).recipe.is_file():
        start(recipe, run)
    elif not RunFolder(run).finished:
        resume(run)


def results(run: Path) -> dict[str, bytes]:
    """The bytes that must be the same; a file that is missing is empty."""
    return {name: (run / name).read_bytes() if (run / name).is_file() else b"" for name in RESULTS}


def differences(run: Path, expected: Mapping[str, bytes]) -> list[str]:
    """The names of the results that differ."""
    found = results(run)
    return [name for name in expected if found[name] != expected[name] or not expected[name]]


def left_over(run: Path) -> list[str]:
    """Half-written things that nothing has swept away."""
    return sorted(str(path.relative_to(run)) for path in run.rglob(".*") if path.suffix in (".tmp", ".old"))
