"""Seqweave: one compact neural network for many language tasks, from plain files, offline.

`load(run)` gives an object to call with texts; `train(recipe, run)` trains. Both import torch when they are called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from seqweave.recipes.predictor import Predictor

__all__ = ["__version__", "load", "train"]


def load(run: str | Path, *others: str | Path) -> Predictor:
    """The trained model of a run folder, a model folder or an exported zip, to be called with texts.

    Args:
        run: the folder or the zip.
        others: more of them, all of which write texts together with it, as an ensemble.

    Raises:
        SeqweaveError: if there is no such run, or it is damaged, or several do not fit together.
    """
    from seqweave.recipes.predictor import Predictor

    return Predictor.load(run, *others)


def train(recipe: str | Path, run: str | Path, *overrides: str) -> Predictor:
    """Train a recipe into a new run folder, and load what was trained.

    Args:
        recipe: the recipe file.
        run: the run folder; it must not hold anything yet.
        overrides: values laid over the recipe, such as "training.seed=2".

    Raises:
        SeqweaveError: if the recipe or its data is wrong, or the run folder is taken.
    """
    from seqweave.recipes.start import start

    start(Path(recipe), Path(run), overrides)
    return load(run)
