"""The first recipe for some files: every guess is checked by reading the files with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from seqweave.core.errors import CommandError
from seqweave.core.nodes import Plain
from seqweave.core.registry import nearest
from seqweave.data.formats.contract import Row
from seqweave.data.schemes import Scheme, detect
from seqweave.recipes.guessing import defaults
from seqweave.recipes.guessing.columns import SEVERAL_SHARE, separator_of, text_and_label, tokens_and_tags
from seqweave.recipes.guessing.defaults import Facts, model_of, training_of
from seqweave.recipes.guessing.language import draft_language
from seqweave.recipes.guessing.look import HAN_CHARACTER, Look, config_of, is_chinese, like_the_treebank, look, sample
from seqweave.recipes.guessing.pairs import draft_translation
from seqweave.recipes.guessing.parts import parts_of
from seqweave.recipes.guessing.sources import (
    FORMATS,
    TABLES,
    Settings,
    chosen_files,
    dialect_of,
    format_of_parts,
    told,
)
from seqweave.recipes.guessing.writing import Chosen, first_recipe
from seqweave.tasks.contract import TASKS

CHARACTERS_MOST = 1.2
"""Given Chinese tokens of more characters than this in the mean are words."""
_WHY_TOKENIZER = {
    "characters": "Chinese is read by characters: no dictionary can be wrong. `kind: chinese` cuts words.",
    "chinese": "How raw text is cut for `predict`: into Chinese words, as the files are.",
    "treebank": "How raw text is cut for `predict`: into words as the Penn Treebank's (`do n't`), as the files are.",
}


def require_task(task: str) -> None:
    """A CommandError if there is no such task, or `init` knows no recipe for it."""
    if task not in TASKS:
        raise CommandError("E-INIT-01", f"there is no task {task!r}", mend=f"use {nearest(task, TASKS.kinds())}")
    if task not in FORMATS:
        mend = "start from a shipped recipe: seqweave info recipes"
        raise CommandError("E-INIT-10", f"init has no first recipe for {task} yet", mend=mend)


def draft(task: str, paths: Sequence[Path], base: Path, *, laboratory: bool = False) -> str:
    """A commented recipe for files.

    Args:
        task: name of the task.
        paths: files or folders.
        base: the folder that the recipe will lie in, to which its paths are relative.
        laboratory: whether the files are generated.

    Raises:
        SeqweaveError: if there is no such task, or the files cannot be told or read.
    """
    require_task(task)
    if task == "translation":
        return draft_translation(paths, base, laboratory=laboratory)
    if task == "language-modelling":
        return draft_language(paths, base, laboratory=laboratory)
    parts = parts_of(paths)
    kind = format_of_parts(task, parts)
    settings, rows = sample(task, dialect_of(kind, parts.train[0]), parts.train[0])
    tokenizer = _tokenizer(rows, ready=task == "tagging" or kind == "trees")
    settings |= _columns(task, kind, rows, parts.train[0])
    if tokenizer:
        settings["tokenizer"] = {"kind": tokenizer}
    seen = {part: look(config_of(task, _of_part(settings, part), paths[0]), paths) for part, paths in parts.by_part()}
    facts = _facts(task, seen, tokenizer, laboratory)
    settings |= _limits(task, seen)
    data = [*chosen_files(parts, base), *_settings(settings, seen, facts)]
    return first_recipe(task, told(seen), parts.why, data, model_of(facts), training_of(facts))


def _given(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The ready tokens of each row that has some."""
    given = [row.fields.get("form") or row.fields.get("0") or _list(row) for row in rows]
    return [tuple(map(str, value)) for value in given if value and isinstance(value, list | tuple)]


def _tokenizer(rows: Sequence[Row], *, ready: bool) -> str:
    """How texts are cut, or raw texts beside ready tokens; empty for the usual way."""
    given = _given(rows) if ready else []
    tokens = [token for words in given for token in words]
    texts = tokens or [value for row in rows for value in row.fields.values() if isinstance(value, str)]
    if not is_chinese(texts):
        return "treebank" if like_the_treebank(given) else ""
    lengths = [count for token in tokens if (count := len(HAN_CHARACTER.findall(token)))]
    if not lengths or sum(lengths) <= CHARACTERS_MOST * len(lengths):
        return "characters"
    return "chinese" if find_spec("rjieba") else ""


def _list(row: Row) -> object:
    return next((value for value in row.fields.values() if isinstance(value, list | tuple)), None)


def _columns(task: str, kind: str, rows: Sequence[Row], path: Path) -> Settings:
    """The columns that the task's defaults would not find."""
    if kind not in TABLES:
        return _usual_columns(task, kind)
    if task == "tagging":
        if "entities" in rows[0].fields:
            return {}
        tokens, tags = tokens_and_tags(rows, str(path))
        return {"tokens": tokens, "column": tags}
    text, label = text_and_label(rows, str(path))
    separator = separator_of(rows, label)
    lists = sum(isinstance(row.fields.get(label), list | tuple) for row in rows)
    found: Settings = {"text": text, "label": label}
    if separator:
        found |= {"label_separator": separator}
    return found | ({"multi_label": True} if lists > SEVERAL_SHARE * len(rows) or separator else {})


def _usual_columns(task: str, kind: str) -> Settings:
    if task == "tagging":
        return {"column": "upos"} if kind == "conllu" else {"tokens": "0", "column": "-1"}
    if kind == "fasttext":
        # Several labels are allowed while looking; whether they are there is seen then.
        return {"label": "labels", "multi_label": True}
    return {"phrases": "distinct"} if kind == "trees" else {}


def _facts(task: str, seen: Mapping[str, Look], tokenizer: str, laboratory: bool) -> Facts:
    several = any(one.several for one in seen.values())
    spans = task == "tagging" and _scheme(seen) != "none"
    return Facts(task, tokenizer, spans, several, sum(seen["train"].lengths), laboratory)


def _scheme(seen: Mapping[str, Look]) -> Scheme:
    return detect(seen["train"].sequences, seen["train"].place)


def _of_part(settings: Settings, part: str) -> Settings:
    """Phrases of trees are for training alone."""
    return {**settings, "phrases": "root"} if "phrases" in settings and part != "train" else settings


def _limits(task: str, seen: Mapping[str, Look]) -> Settings:
    longest = max(max(one.lengths) for one in seen.values())
    if task == "classification" and longest > defaults.CLASSIFICATION_LIMIT:
        return {"limit": defaults.CLASSIFICATION_LIMIT, "over_limit": "head-tail"}
    return {"limit": defaults.LIMIT, "over_limit": "windows" if longest > defaults.LIMIT else "error"}


def _settings(settings: Mapping[str, Plain], seen: Mapping[str, Look], facts: Facts) -> list[Chosen]:
    """The settings with their reasons."""
    values = dict(settings)
    if "multi_label" in values and not facts.several:
        del values["multi_label"]
        values.pop("label_separator", None)
    if facts.task == "tagging":
        values["scheme"] = _scheme(seen)
    reasons = _reasons(seen, facts)
    return [Chosen(key, value, reasons.get(key, "")) for key, value in values.items()]


def _reasons(seen: Mapping[str, Look], facts: Facts) -> dict[str, str]:
    lengths = np.concatenate([np.array(one.lengths) for one in seen.values()])
    labels = sum((one.labels for one in seen.values()), Counter[str]())
    shown = ", ".join(f"{label} {count:,}" for label, count in labels.most_common(6))
    more = f", and {len(labels) - 6:,} more" if len(labels) > 6 else ""
    limit = defaults.CLASSIFICATION_LIMIT if facts.task == "classification" else defaults.LIMIT
    over = int((lengths > limit).sum())
    spans = "tags stand for spans" if facts.spans else "tags do not stand for spans"
    return {
        "format": "Told from the file. Others: seqweave info formats.",
        "encoding": "UTF-8 would not read it; this does.",
        "header": "Line 1 looks like data, so the columns are named 0, 1 ...",
        "delimiter": "What parts the columns; told from the first lines.",
        "text": "The column of the text.",
        "label": f"The column of the label: {shown}{more}.",
        "multi_label": "A text may have any number of labels.",
        "label_separator": "What parts several labels of a text.",
        "tokens": "The column of the words.",
        "column": f"The column of the tags (-1 is the last one): {shown}{more}.",
        "scheme": f"The {spans}. Others: none, iob1, iob2, bioes, bilou, bmes, bmewo, or auto.",
        "phrases": "Train on every phrase of the trees, each text once; or root, all.",
        "tokenizer": _WHY_TOKENIZER.get(facts.tokenizer, ""),
        "limit": f"Longest example, in tokens: the mean here is {lengths.mean():.0f}, the longest {lengths.max():,}, "
        f"and {over:,} of {len(lengths):,} are above this limit.",
        "over_limit": "What becomes of longer ones: error, windows, or head-tail (the first and the last half).",
    }
