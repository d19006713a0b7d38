"""Starting and resuming runs: the run folder is written before torch is imported, so a kill at any moment can go on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from seqweave.core import disk
from seqweave.core.errors import InternalError, MissingInputError, Place, SeqweaveError
from seqweave.core.events import Event, Listener
from seqweave.core.files import read_bytes
from seqweave.core.lock import RunLockedError, run_lock
from seqweave.core.nodes import Document, parse
from seqweave.core.overrides import apply
from seqweave.recipes.folder import RunFolder

if TYPE_CHECKING:
    from seqweave.recipes.train import Finished


def first_rank() -> bool:
    """Whether this process is the first of those that torchrun started; also where it started none."""
    return os.environ.get("RANK", "0") == "0"


def silent(event: Event) -> None:
    """The listener that shows nothing."""
    del event


def document(recipe: Path, overrides: Sequence[str] = ()) -> Document:
    """The recipe file with values laid over it.

    Raises:
        MissingInputError: if there is no such file.
        RecipeError: if it is not YAML as recipes are.
    """
    if not recipe.is_file():
        mend = "name a recipe file, or make one with `seqweave init TASK FILE`"
        raise MissingInputError("E-RECIPE-26", "there is no such recipe", mend=mend, place=Place(str(recipe)))
    return apply(parse(read_bytes(recipe), str(recipe)), overrides)


def start(recipe: Path, run: Path, overrides: Sequence[str] = (), show: Listener = silent) -> Finished:
    """Train a recipe into a new run folder.

    Args:
        recipe: the recipe file; its paths are relative to it.
        run: the folder; it must not hold anything yet.
        overrides: such as "training.seed=2".
        show: who looks on.

    Raises:
        SeqweaveError: if the recipe or its data is wrong; a folder in which nothing was learned is removed.
    """
    found, made = document(recipe, overrides), not run.exists()
    if first_rank():
        RunFolder.create(run, found, recipe.parent)
    with withdrawn(run, made=made), found.blamed():
        from seqweave.recipes.recipe import read
        from seqweave.recipes.train import train

        read(found)
        return train(RunFolder.awaited(run), show)


@contextmanager
def withdrawn(path: Path, *, made: bool) -> Iterator[None]:
    """Empty a new folder of a run, or of several seeds, if the block is refused before anything was learned in it.

    So the mended recipe goes where the wrong one was to go: nothing is left over for a resume that would fail again.

    Args:
        path: the folder.
        made: whether it was not there before, and is removed itself.
    """
    try:
        yield
    except (RunLockedError, InternalError):  # another process's work, and what a report of a fault may need
        raise
    except SeqweaveError:
        if first_rank():
            with suppress(SeqweaveError):  # why the run was refused is what is told
                _empty(path, made)
        raise


def _empty(path: Path, made: bool) -> None:  # of one caller
    with run_lock(path):
        runs = [RunFolder(folder) for folder in (path, *path.glob("seed-*"))]
        if any(run.begun for run in runs):
            return
        for part in [path] if made else list(path.iterdir()):
            disk.remove(part)


def resume(run: Path, show: Listener = silent) -> Finished:
    """Go on with a run where it was stopped or killed.

    Raises:
        MissingInputError: if there is no such run.
    """
    folder = RunFolder.open(run)
    from seqweave.recipes.train import train

    with folder.document().blamed():
        return train(folder, show)
