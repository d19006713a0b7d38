"""Training that begins with what another run has learned: fine-tuning.

The run is opened and verified here alone; what is trained holds the weights, and names no path. Words, labels and
tokenizer must be those of the run, or its numbers would stand for others.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from seqweave.core.errors import DataError, Place, RecipeError
from seqweave.core.manifest import entry_of, read_verified
from seqweave.recipes.archive import WEIGHTS
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.saving import Trained, load
from seqweave.training.configuration import StartConfig
from seqweave.training.weights import fill

CHOSEN = "threshold"
"""What a codec holds that was chosen on dev, not fitted on train."""


def digest(start: StartConfig | None, base: Path) -> dict[str, str]:
    """The sha256 of the weights that a training begins with, as one of the files it reads; nothing where it has none.

    Args:
        start: where they are.
        base: the folder that its path is relative to.

    Raises:
        MissingInputError: if there is no such run.
        DataError: if it is damaged.
    """
    if start is None:
        return {}
    with ExitStack() as stack:
        folder = model_folder(base / start.run, stack)
        return {f"{Path(start.run).name}/{WEIGHTS}": entry_of(folder, WEIGHTS).sha256}


def begin(trained: Trained, base: Path) -> None:
    """Give a fresh network the weights that its recipe says it begins with, if any.

    Args:
        trained: the network, and what surrounds it.
        base: the folder that the recipe's paths are relative to.

    Raises:
        SeqweaveError: if there is no such run, it is damaged, or it is another network or of other words or labels.
    """
    start = trained.recipe.training.start
    if start is None:
        return
    place = Place(start.run)
    with ExitStack() as stack:
        folder = model_folder(base / start.run, stack)
        before, weights = load(folder), read_verified(folder, WEIGHTS)
    if (before.recipe.task, _fitted(before)) != (trained.recipe.task, _fitted(trained)):
        what = "the run that training is to start from is of another task, or of other words, labels or embedders"
        raise RecipeError(
            "E-START-01", what, mend="train with the data, the tokenizer and the embedders of that run", place=place
        )
    try:
        fill(trained.network, weights, place)
    except DataError as error:
        what = f"the run that training is to start from has another network ({error.what})"
        raise RecipeError("E-START-02", what, mend="give `model` the sizes of that run", place=place) from error


def _fitted(trained: Trained) -> list[object]:
    codec = trained.codec.to_json()
    return [{key: value for key, value in codec.items() if key != CHOSEN}, trained.tokenizer.to_json()]
