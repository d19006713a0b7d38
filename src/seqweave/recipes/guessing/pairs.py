"""The first recipe for translation: what the two sides are, in which languages, and how they are cut."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from seqweave.core.errors import CommandError, DataError, Place
from seqweave.recipes.guessing import defaults
from seqweave.recipes.guessing.columns import source_and_target
from seqweave.recipes.guessing.look import Look, config_of, is_chinese, look, sample
from seqweave.recipes.guessing.parts import Parts, parts_of
from seqweave.recipes.guessing.sides import Sides, sides_of
from seqweave.recipes.guessing.sources import Settings, chosen_files, dialect_of, format_of_parts, told
from seqweave.recipes.guessing.translators import (
    PairFacts,
    Script,
    cutting_of,
    translator_of,
    translator_training_of,
)
from seqweave.recipes.guessing.writing import Chosen, first_recipe
from seqweave.tasks.languages import LANGUAGES
from seqweave.tasks.translation_rows import flat

TASK = "translation"
_SAID = re.compile(r"\s|[.!?。！？]$")
"""What stands in a text, and in no column's name."""
_SCRIPTS: Mapping[bool, Script] = {True: "chinese", False: "letters"}
NAMES_SHARE = 0.02
"""With more tokens than this on both sides of one pair and in no other, words are copied that training cannot know."""


def draft_translation(paths: Sequence[Path], base: Path, *, laboratory: bool = False) -> str:
    """A commented recipe for files of two languages, side by side or each in a file of its own.

    Args:
        paths: tables, or both sides of each part.
        base: the folder that the recipe will lie in, to which its paths are relative.
        laboratory: whether the files are generated.

    Raises:
        SeqweaveError: if the files cannot be told or read.
    """
    sides = sides_of(paths)
    parts = parts_of(list(sides.stems) if sides else paths)
    parts = parts.renamed(sides.stems) if sides else parts
    settings, scripts = _settings(parts, sides, laboratory)
    seen = {part: look(config_of(TASK, settings, files[0]), files) for part, files in parts.by_part()}
    facts = _facts(seen["train"], scripts, laboratory)
    reasons = _reasons(seen)
    values = [Chosen(key, value, reasons.get(key, "")) for key, value in settings.items() if key != "tokenizer"]
    limit = Chosen("limit", defaults.LIMIT, reasons["limit"])
    data = [*chosen_files(parts, base), *values, *cutting_of(facts), limit]
    return first_recipe(TASK, told(seen), parts.why, data, translator_of(facts), translator_training_of(facts))


def _settings(parts: Parts, sides: Sides | None, laboratory: bool) -> tuple[Settings, tuple[Script, Script]]:
    """The settings that the files are read with, and how each side is to be cut."""
    path = parts.train[0]
    found: Settings = {"format": "parallel"} if sides else _table(parts)
    if sides:
        found |= {"source": sides.source, "target": sides.target}
    found, rows = sample(TASK, found, path)
    if found["format"] in ("csv", "tsv") and any(map(_SAID.search, rows[0].fields)):
        found, rows = sample(TASK, found | {"header": False}, path)
    names = (sides.source, sides.target) if sides else source_and_target(rows, str(path))
    found |= dict(zip(("source", "target"), names, strict=True))
    if laboratory:
        return found | {"bleu_tokenizer": "none", "tokenizer": {"kind": "spaces"}}, ("given", "given")
    chinese = [is_chinese([str(flat(row).fields.get(name)) for row in rows]) for name in names]
    language = _language(names[1], chinese[1])
    if language not in ("", names[1]):
        found["target_language"] = language
    source, target = (_SCRIPTS[one] for one in chinese)
    return found, (source, target)


def _table(parts: Parts) -> Settings:
    """The format of files that hold both sides.

    Raises:
        CommandError: if that cannot be told: they are texts, and no two of them the sides of one.
    """
    try:
        return dialect_of(format_of_parts(TASK, parts), parts.train[0])
    except DataError as error:
        if error.code != "E-FORMAT-01":
            raise
        what = "this is no table of pairs, and by their names no two files are the sides of a translation"
        mend = "name both sides after their languages (train.de train.en), or give a table: tsv, csv or jsonl"
        raise CommandError("E-INIT-14", what, mend=mend, place=Place(str(parts.train[0]))) from error


def _language(name: str, chinese: bool) -> str:
    """The language of a side, by its name or by its script; empty where neither tells it."""
    code = re.split("[-_]", name.lower())[0]
    if code in LANGUAGES:
        return code
    return "zh" if chinese else ""


def _reasons(seen: Mapping[str, Look]) -> dict[str, str]:
    lengths = np.concatenate([np.array(one.lengths) for one in seen.values()])
    over = int((lengths > defaults.LIMIT).sum())
    return {
        "format": "Told from the files. Others: seqweave info formats.",
        "encoding": "UTF-8 would not read it; this does.",
        "header": "Line 1 looks like data, so the columns are named 0, 1 ...",
        "delimiter": "What parts the columns; told from the first lines.",
        "source": "What is read; for the other direction, exchange source and target everywhere.",
        "target": "What is written.",
        "target_language": "Told by its letters or its name; it decides how BLEU counts words.",
        "bleu_tokenizer": "Texts are tokenised: BLEU counts what stands between spaces.",
        "limit": f"Longest text, in tokens: the mean here is {lengths.mean():.0f}, the longest {lengths.max():,}, "
        f"and {over:,} of {len(lengths):,} are above this limit.",
    }


def _facts(train: Look, scripts: tuple[Script, Script], laboratory: bool) -> PairFacts:
    tokens = sum(train.lengths)
    names = sum(count == 1 for count in train.copied.values()) > NAMES_SHARE * tokens
    return PairFacts(*scripts, tokens, laboratory, laboratory and names)
