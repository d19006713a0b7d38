"""Files of a first recipe: their format, and how they are named and told of in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqweave.core.errors import DataError, Place
from seqweave.core.nodes import Plain
from seqweave.data.formats.detection import sniff
from seqweave.data.formats.dialect import dialect
from seqweave.data.reading import head
from seqweave.recipes.guessing import defaults
from seqweave.recipes.guessing.look import Look
from seqweave.recipes.guessing.parts import Parts
from seqweave.recipes.guessing.writing import Chosen

TABLES = ("csv", "tsv", "jsonl")
FORMATS = {
    "classification": (*TABLES, "fasttext", "folder", "trees"),
    "language-modelling": (*TABLES, "folder", "lines", "paragraphs", "wikitext"),
    "tagging": (*TABLES, "conll", "conllu"),
    "translation": (*TABLES, "parallel"),
}
"""The formats that can hold examples of a task."""

Settings = dict[str, Any]


def format_of_parts(task: str, parts: Parts) -> str:
    """The format of all files, one that can hold examples of the task.

    Raises:
        DataError: if it cannot, or files are of several formats.
    """
    kinds = {path: sniff(path) for path in parts.files()}
    kind = kinds[parts.train[0]]
    for path, other in kinds.items():
        if other != kind:
            what = f"this file is {other}, but {parts.train[0].name} is {kind}"
            raise DataError("E-INIT-06", what, mend="give all files in one format", place=Place(str(path)))
    if kind not in FORMATS[task]:
        right = next((other for other, kinds in FORMATS.items() if kind in kinds), "")
        mend = f"seqweave init {right} {parts.train[0]}" if right else f"use one of {', '.join(FORMATS[task])}"
        what = f"a file of format {kind} holds no examples of {task}"
        raise DataError("E-INIT-07", what, mend=mend, place=Place(str(parts.train[0])))
    return kind


def dialect_of(kind: str, path: Path) -> Settings:
    """The format, with its delimiter and quoting where they are not the usual ones."""
    usual = {"csv": (",", "csv"), "tsv": ("\t", "none")}
    found = dialect(head(path)) if kind in usual else None
    settings: Settings = {"format": kind}
    if found and found.delimiter != usual[kind][0]:
        settings |= {"delimiter": found.delimiter, "quoting": found.quoting}
    return settings


def chosen_files(parts: Parts, base: Path) -> list[Chosen]:
    """The files of a recipe that will lie in `base`, and what is cut from them."""

    def named(path: Path) -> str:
        return os.path.relpath(path.absolute(), base.absolute())

    train: Plain = named(parts.train[0]) if len(parts.train) == 1 else [named(path) for path in parts.train]
    chosen = [Chosen("train", train)]
    if parts.dev:
        chosen.append(Chosen("dev", named(parts.dev)))
    if parts.test:
        chosen.append(Chosen("test", named(parts.test)))
    if not (parts.dev and parts.test):
        shares: dict[str, Plain] = {
            part: defaults.SPLIT for part, path in (("dev", parts.dev), ("test", parts.test)) if not path
        }
        why = "Cut from train; equal texts stay together, so nothing leaks. `by: tail` takes the last lines."
        chosen.append(Chosen("split", shares, why))
    return chosen


def told(seen: Mapping[str, Look]) -> str:
    """How many examples were seen, for the first line of a recipe."""
    counts = ", ".join(f"{one.examples:,} {part}" for part, one in seen.items())
    refused = sum(one.refused for one in seen.values())
    note = f"; {refused:,} problems were seen, which `seqweave check` shows" if refused else ""
    partly = "" if all(one.whole for one in seen.values()) else " (the first ones of larger files)"
    return f"{counts} examples{partly}{note}"
