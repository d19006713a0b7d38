"""English Web Treebank as both contestants read it: the same sentences, words and tags, in our own reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqweave.core.files import to_json, write_text
from seqweave.core.nodes import Document
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.recipes.recipe import read
from seqweave.recipes.reproduce import Reproduction

RECIPE, PARTS = "ewt-upos", ("train", "dev", "test")


def recipe(data: Path, overrides: Sequence[str]) -> Document:
    """The shipped recipe over the files of a folder."""
    return Reproduction.of(RECIPE, data, overrides, ()).document()


def sentences(document: Document) -> dict[str, list[Any]]:
    """The examples of each part."""
    settings = read(document).data
    task, spaces = settings.build(), SpacesConfig().fit(())
    paths = {part: Path(str(getattr(settings, part))) for part in PARTS}
    return {part: list(task.read(path, Receipt(path.name), spaces)) for part, path in paths.items()}


def hand_over(examples: dict[str, list[Any]], folder: Path) -> dict[str, str]:
    """The sentences as JSON lines of words and tags; the file of each part."""
    files = {part: folder / f"{part}.jsonl" for part in examples}
    for part, path in files.items():
        rows = [to_json([list(one.tokens), list(one.tags)]) for one in examples[part]]
        write_text(path, "".join(f"{row}\n" for row in rows))
    return {part: str(path) for part, path in files.items()}
