"""Laboratory data as files beside a recipe: generated, so every answer is known, and nothing needs to be fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqweave.core.disk import make_folder
from seqweave.laboratory.contract import LABORATORIES, Laboratory
from seqweave.recipes.guessing.defaults import LABORATORY_SIZES

SUFFIXES = {"classification": ".tsv", "tagging": ".conll"}
"""How the files of each task end; `Laboratory.write` says their format."""
SEED = 1


def generate(task: str, language: str, folder: Path, size: int | None = None) -> list[Path]:
    """Write train, dev and test files of a task's laboratory.

    Args:
        task: name of the task.
        language: "en" or "zh".
        folder: where; made if it is missing.
        size: number of training examples; the usual one where not given.

    Raises:
        RecipeError: if there is no laboratory of the task, or none in the language.
    """
    laboratory: Laboratory[Any] = LABORATORIES[task](language=language)
    sizes = LABORATORY_SIZES | ({"train": size} if size else {})
    parts = laboratory.split(list(sizes.values()), SEED)
    make_folder(folder)
    paths = [folder / f"{name}{SUFFIXES[task]}" for name in sizes]
    for path, part in zip(paths, parts, strict=True):
        laboratory.write([specimen.example for specimen in part], path)
    return paths
