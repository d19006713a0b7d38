"""One recipe trained with several seeds: a folder of runs, one a seed. Knows no tensor until something is trained.

`runs/NAME/` holds seeds.json (which seeds), recipe.yaml (resolved), and seed-1/, seed-2/ ..., each a run folder. A
finished seed is never trained again, so what was stopped or killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqweave.core import disk
from seqweave.core.errors import CommandError, DataError, Notice, Place, StoppedError
from seqweave.core.events import Event, Listener
from seqweave.core.files import write_json
from seqweave.core.json_text import read_json
from seqweave.core.lock import run_lock
from seqweave.core.nodes import Document
from seqweave.core.numbers import decimal
from seqweave.core.overrides import apply
from seqweave.metrics.spread import Spread
from seqweave.recipes.folder import RunFolder

if TYPE_CHECKING:
    from seqweave.recipes.train import Finished

PLAN = "seeds.json"

Spreads = dict[str, Spread]
"""Several runs' scores, by metric."""


@dataclass(frozen=True, slots=True)
class SeedsFolder:
    """The runs of one recipe.

    Args:
        path: the folder.
        seeds: training seeds, in the order in which they are trained.
    """

    path: Path
    seeds: tuple[int, ...]

    @classmethod
    def create(cls, path: Path, document: Document, base: Path, seeds: Sequence[int]) -> SeedsFolder:
        """A new folder that holds the recipe and its seeds.

        Args:
            path: must not exist yet, or be empty.
            document: the recipe with its overrides.
            base: the folder that the recipe's paths are relative to.
            seeds: training seeds; each replaces `training.seed`.

        Raises:
            CommandError: if the folder already holds something, or a seed stands twice.
        """
        if len(set(seeds)) < len(seeds):
            raise CommandError("E-SEEDS-02", f"a seed stands twice in {','.join(map(str, seeds))}", mend="delete one")
        RunFolder.create(path, document, base)
        write_json(path / PLAN, {"seeds": list(seeds)})
        return cls(path, tuple(seeds))

    @staticmethod
    def stands_at(path: Path) -> bool:
        """Whether a path is a folder of several seeds."""
        return (path / PLAN).is_file()

    @classmethod
    def open(cls, path: Path) -> SeedsFolder:
        """An existing folder of several seeds.

        Raises:
            DataError: if its list of seeds is malformed.
        """
        plan = read_json(path / PLAN)
        seeds = plan.get("seeds") if isinstance(plan, dict) else None
        if not isinstance(seeds, list) or not seeds or not all(type(seed) is int for seed in seeds):
            mend = 'write {"seeds": [1, 2, 3]}'
            raise DataError("E-SEEDS-03", "there is no list of seeds", mend=mend, place=Place(str(path / PLAN)))
        return cls(path, tuple(seeds))

    @property
    def runs(self) -> dict[int, RunFolder]:
        """The run folder of each seed, begun or not."""
        return {seed: RunFolder(self.path / f"seed-{seed}") for seed in self.seeds}

    @property
    def finished(self) -> bool:
        """Whether every seed was trained and scored."""
        return all(run.finished for run in self.runs.values())

    def document(self, seed: int) -> Document:
        """The recipe of one seed, its paths relative to this folder."""
        return apply(RunFolder(self.path).document(), [f"training.seed={seed}"])

    def begun(self, seed: int) -> RunFolder:
        """The run folder of a seed, made where it is not there; what a crash left without a recipe is removed."""
        run = self.runs[seed]
        if run.recipe.is_file():
            return run
        if run.path.exists():
            disk.remove(run.path)
        return RunFolder.create(run.path, self.document(seed), self.path)

    def spreads(self) -> dict[str, Spreads]:
        """The scores of all seeds that are finished, by part ("dev", "test") and metric."""
        found = [run.read("scores.json") for run in self.runs.values() if run.finished]
        return {
            part: {
                metric: Spread(tuple(float(one[part]["scores"][metric]["value"]) for one in found))
                for metric in found[0][part]["scores"]
            }
            for part in (found[0] if found else ())
        }

    def to_json(self) -> dict[str, Any]:
        """The object that `train --seeds --json` prints: mean, spread and runs of every score."""
        parts = {
            part: {name: one.to_json() for name, one in spreads.items()} for part, spreads in self.spreads().items()
        }
        return {
            "run": str(self.path),
            "seeds": list(self.seeds),
            **{part: {"scores": of} for part, of in parts.items()},
        }


def train_seeds(folder: SeedsFolder, show: Listener) -> Iterator[tuple[int, Finished]]:
    """Train every seed that is not finished yet, one after another; each with its run as soon as that is finished.

    Args:
        folder: says which recipe and seeds.
        show: who looks on.

    Raises:
        RunLockedError: if another process is at work in the folder.
        StoppedError: after a checkpoint, if a signal asked to stop.
        SeqweaveError: if the recipe or its data is wrong.
    """
    from seqweave.recipes.train import train

    with run_lock(folder.path):
        for number, (seed, run) in enumerate(folder.runs.items(), 1):
            if run.finished:
                continue
            show(Event("notice", timing={"text": f"seed {seed} ({number} of {len(folder.seeds)})"}))
            try:
                yield seed, train(folder.begun(seed), show)
            except StoppedError as error:
                mend = f"seqweave train --resume {folder.path}"
                raise StoppedError(error.signal, error.what, mend=mend) from error


def start_seeds(recipe: Path, path: Path, overrides: Sequence[str], seeds: Sequence[int], show: Listener) -> None:
    """Train a recipe with several seeds into a new folder.

    Args:
        recipe: the recipe file; its paths are relative to it.
        path: the folder; it must not hold anything yet.
        overrides: such as "training.epochs=5".
        seeds: training seeds.
        show: who looks on.

    Raises:
        SeqweaveError: if the recipe or its data is wrong; a folder in which nothing was learned is removed.
    """
    from seqweave.recipes.start import document, withdrawn

    found, made = document(recipe, overrides), not path.exists()
    folder = SeedsFolder.create(path, found, recipe.parent, seeds)
    with withdrawn(path, made=made), found.blamed():
        from seqweave.recipes.recipe import read

        for seed in seeds:
            read(apply(found, [f"training.seed={seed}"]))
        resume_seeds(folder, show)


def resume_seeds(folder: SeedsFolder, show: Listener) -> None:
    """Go on with the seeds that are not finished."""
    for _ in train_seeds(folder, show):
        pass


def evaluate_seeds(
    folder: SeedsFolder, path: Path, format_name: str | None, notify: Callable[[Notice], object]
) -> dict[str, Any]:
    """The object that `evaluate --json` prints of several seeds: mean, spread and runs of every score.

    Args:
        folder: of finished seeds.
        path: a file with gold.
        format_name: its format, where it differs from that of the training files.
        notify: takes each warning once, however many seeds have it.

    Raises:
        SeqweaveError: if a run or the file is missing or malformed.
    """
    from seqweave.recipes.evaluation import evaluate_file

    found = [evaluate_file(run.path, path, format_name) for run in folder.runs.values()]
    for notice in dict.fromkeys(notice for one in found for notice in one.notices):
        notify(notice)
    first = found[0]
    spreads = {metric: Spread(tuple(one.scores[metric].value for one in found)).to_json() for metric in first.scores}
    facts = {"task": first.task, "data": first.data, "examples": len(first.golds)}
    return {**facts, "seeds": list(folder.seeds), "scores": spreads}


def describe(folder: SeedsFolder) -> dict[str, Any]:
    """What `info` shows of several seeds: how far each is, and the mean of every score."""
    state = {f"seed {seed}": "finished" if run.finished else "not finished" for seed, run in folder.runs.items()}
    scores = {
        f"scores on {part}": {
            name: f"{decimal(one.mean, 3)} ± {decimal(one.deviation, 3)}" for name, one in spreads.items()
        }
        for part, spreads in folder.spreads().items()
    }
    return {"runs": state, **scores}
