"""Laboratory data as files beside a recipe: generated, so every answer is known, and nothing needs to be fetched."""

from __future__ import annotations

from pathlib import Path

from seqweave.core.disk import make_folder
from seqweave.laboratory.contract import laboratory_of
from seqweave.recipes.guessing.defaults import LABORATORY_SIZES

SEED = 1


def generate(task: str, language: str, folder: Path, size: int | None = None, *, kind: str = "") -> list[Path]:
    """Write train, dev and test files of a task's laboratory.

    Args:
        task: name of the task.
        language: "en" or "zh"; the laboratory's own where empty.
        folder: where; made if it is missing.
        size: number of training examples; the usual one where not given.
        kind: which of the task's laboratories; the usual one where empty.

    Raises:
        RecipeError: if the task has no such laboratory, or it does not know the language.
    """
    laboratory = laboratory_of(task, kind, language)
    sizes = LABORATORY_SIZES | ({"train": size} if size else {})
    parts = laboratory.split(list(sizes.values()), SEED)
    make_folder(folder)
    paths = [folder / f"{name}{laboratory.suffix}" for name in sizes]
    for path, part in zip(paths, parts, strict=True):
        laboratory.write([specimen.example for specimen in part], path)
    return paths
