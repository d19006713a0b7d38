"""What changes a disk, as scenarios: a folder in its old state, an act, and a way to tell which state is there."""

from __future__ import annotations

import hashlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from children import child
from runs import differences, go_on, results, written

from seqweave.core import files
from seqweave.core.manifest import sha256_of, verify
from seqweave.data.cache import cached
from seqweave.recipes.archive import unpacked
from seqweave.recipes.export import export
from seqweave.recipes.saving import load, save
from seqweave.training.checkpoint import Checkpoint, Checkpoints
from seqweave.training.weights import to_bytes

NOTHING = "nothing"
WHOLE_RUN = 60
"""Points of a whole run; each costs two runs, and most of its operations are those of the other scenarios."""
NAME = "classification by self-attention"


class Scenario(ABC):
    """One act that changes a disk.

    Args:
        name: for people.
        most: points of it that are tried at most; the rest is like them.
    """

    def __init__(self, name: str, most: int = sys.maxsize) -> None:
        self.name, self.most = name, most

    @abstractmethod
    def prepare(self, folder: Path) -> None:
        """Make the folder, in its old state."""

    @abstractmethod
    def act(self, folder: Path) -> None:
        """Change it to the new state."""

    @abstractmethod
    def state(self, folder: Path) -> str:
        """What is there, told by verified content; anything half-made is an error."""


def scenarios(folder: Path, sentences: int) -> Iterator[Scenario]:
    """All of them; two small models are trained first, in `folder`, on so many sentences."""
    models = []
    for seed in (1, 2):
        recipe = written(NAME, folder / f"seed{seed}", sentences, epochs=1, seed=seed)
        ended = child(lambda recipe=recipe, run=folder / f"seed{seed}" / "run": go_on(recipe, run))
        assert not ended.code, ended.error
        models.append(folder / f"seed{seed}" / "run" / "model")
    old, new = models
    yield Saving("a checkpoint saved")
    yield Replacing("a model folder saved", old, lambda target: save(load(new), target, "card"), "model")
    yield Replacing("a model folder replaced", old, lambda target: save(load(new), target, "card"), "model", again=True)
    for target in ("out", "out.zip"):
        yield Replacing(f"an export to {target}", old, exporting(new), target)
        yield Replacing(f"an export over {target}", old, exporting(new), target, again=True)
    yield Caching("a cache entry built")
    yield Caching("a damaged cache entry built anew", damaged=True)
    yield Running("a whole run", folder / "whole", sentences)


def exporting(model: Path) -> Callable[[Path], object]:
    """The act of exporting a model to a target."""
    return lambda target: export(model, target, force=True)


class Saving(Scenario):
    """The third checkpoint of a run; the first one goes."""

    def prepare(self, folder: Path) -> None:
        """Two checkpoints."""
        kept = Checkpoints(folder / "checkpoints")
        for step in (1, 2):
            kept.save(step, checkpoint(step))

    def act(self, folder: Path) -> None:
        """Resume, and save a third."""
        kept = Checkpoints(folder / "checkpoints")
        kept.load()
        kept.save(3, checkpoint(3))

    def state(self, folder: Path) -> str:
        """The step of the one that is loaded; it must hold what was saved, and nothing may be passed over."""
        kept = Checkpoints(folder / "checkpoints")
        found = kept.load()
        assert found is not None
        step = int(found.values["step"])
        assert not kept.notices, kept.notices
        assert (found.model, found.best) == (checkpoint(step).model, checkpoint(step).best)
        return str(step)


def checkpoint(step: int) -> Checkpoint:
    """A checkpoint whose content tells its step."""
    tensors = {"w": torch.full((100,), float(step))}
    return Checkpoint(to_bytes(tensors), to_bytes({"b": tensors["w"]}), {"optimizer": tensors}, {"step": step})


class Replacing(Scenario):
    """A model written to a target, which may hold another one.

    Args:
        name: for people.
        old: the model folder that is there before, where `again`.
        make: writes the new one.
        target: its name.
        again: whether there is an old one.
    """

    def __init__(
        self, name: str, old: Path, make: Callable[[Path], object], target: str, *, again: bool = False
    ) -> None:
        super().__init__(name)
        self.old, self.make, self.target, self.again = old, make, target, again

    def prepare(self, folder: Path) -> None:
        """An empty folder, or one with the old model."""
        folder.mkdir()
        if self.again:
            export(self.old, folder / self.target)

    def act(self, folder: Path) -> None:
        """Write the new one."""
        self.make(folder / self.target)

    def state(self, folder: Path) -> str:
        """The digest of its weights, after every file was verified."""
        target = folder / self.target
        if not target.exists():
            files.sweep(folder)  # an old one that was moved away comes back
        if not target.exists():
            return NOTHING
        if target.is_file():
            with unpacked(target) as model:
                return sha256_of(model / "model.safetensors")
        return verify(target)["model.safetensors"].sha256


class Caching(Scenario):
    """An entry of the data cache built.

    Args:
        name: for people.
        damaged: whether a damaged one is there.
    """

    KEY = "0" * 64

    def __init__(self, name: str, *, damaged: bool = False) -> None:
        super().__init__(name)
        self.damaged = damaged

    def prepare(self, folder: Path) -> None:
        """An empty cache, or one with a damaged entry."""
        folder.mkdir()
        if self.damaged:
            self.act(folder)
            (folder / self.KEY / "part0").write_bytes(b"damaged")

    def act(self, folder: Path) -> None:
        """Ask for the entry."""

        def build(fresh: Path) -> None:
            for part in range(3):
                files.write_bytes(fresh / f"part{part}", bytes([part]) * 5000)

        cached(self.KEY, folder, build, lambda _: None)

    def state(self, folder: Path) -> str:
        """The digest of all its files; a damaged entry and none are the same, for nobody reads it."""
        entry = folder / self.KEY
        if not entry.exists() or (entry / "part0").read_bytes() == b"damaged":
            return NOTHING
        return hashlib.sha256(str(sorted(verify(entry).items())).encode()).hexdigest()


class Running(Scenario):
    """A whole run, from the recipe to the report.

    Args:
        name: for people.
        folder: where the recipe lies and an undisturbed run is made.
        sentences: that it is trained on.
    """

    def __init__(self, name: str, folder: Path, sentences: int) -> None:
        super().__init__(name, WHOLE_RUN)
        self.recipe = written(NAME, folder, sentences, epochs=1)
        ended = child(lambda: go_on(self.recipe, folder / "undisturbed"))
        assert not ended.code, ended.error
        self.expected = results(folder / "undisturbed")

    def prepare(self, folder: Path) -> None:
        """Nothing yet."""
        folder.mkdir()

    def act(self, folder: Path) -> None:
        """Start it, or go on."""
        go_on(self.recipe, folder / "run")

    def state(self, folder: Path) -> str:
        """Finished with the right bytes, or not finished and ready to go on."""
        if not (folder / "run" / "scores.json").is_file():
            return NOTHING
        wrong = differences(folder / "run", self.expected)
        return f"differs in {wrong}" if wrong else "finished"
