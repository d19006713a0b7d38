"""The run folder: everything that one training leaves behind. Knows no tensor, so it is written before torch loads.

`runs/NAME/` holds recipe.yaml (resolved), model/ (the best), checkpoints/ (the last two), metrics.jsonl, timing.jsonl,
scores.json, receipt.json, environment.json and report.html. It is never overwritten, and one process at a time is at
work in it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from seqweave.core import disk
from seqweave.core.emitter import to_yaml
from seqweave.core.errors import CommandError, InternalError, MissingInputError, Place
from seqweave.core.events import METRICS
from seqweave.core.files import read_bytes, sweep, write_json, write_text
from seqweave.core.json_text import parse_json
from seqweave.core.nodes import Document, Plain, parse

WAIT_SECONDS = 60
PATH_KEYS = ("train", "dev", "test", "path", "run")
"""Keys of a recipe, at any depth, whose values are paths relative to it."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run.

    Args:
        path: the folder.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, document: Document, base: Path) -> RunFolder:
        """A new run folder that holds the recipe, its paths now relative to the run.

        Args:
            path: must not exist yet, or be empty.
            document: the recipe with its overrides.
            base: the folder that the recipe's paths are relative to.

        Raises:
            CommandError: if the folder already holds something.
        """
        sweep(path)  # a run that was killed before it had its recipe is no run
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise CommandError(
                "E-RUN-02",
                "this run folder already holds something, and runs are never overwritten",
                mend=f"choose another with --run, or go on with `seqweave train --resume {path}`",
                place=Place(str(path)),
            )
        disk.make_folder(path, private=True)
        run = cls(path)
        write_text(run.recipe, to_yaml(rebased(document.values, base, path)))
        return run

    @classmethod
    def awaited(cls, path: Path) -> RunFolder:
        """The run folder that another process is making: that of the first rank, for the other ranks.

        Raises:
            InternalError: if it is not there within a minute.
        """
        run, deadline = cls(path), time.monotonic() + WAIT_SECONDS
        while not run.recipe.is_file():
            if time.monotonic() > deadline:
                raise InternalError("E-RANK-02", "the first rank made no run folder", place=Place(str(path)))
            time.sleep(0.05)
        return run

    @staticmethod
    def free(parent: Path, name: str) -> Path:
        """The first of NAME, NAME-2, NAME-3 ... in a folder that is not taken."""
        taken = {path.name for path in parent.iterdir()} if parent.is_dir() else set()
        numbered = (name if number == 1 else f"{name}-{number}" for number in count(1))
        return parent / next(candidate for candidate in numbered if candidate not in taken)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run folder.

        Raises:
            MissingInputError: if there is none.
        """
        run = cls(path)
        if not run.recipe.is_file():
            raise no_run(path, "seqweave train RECIPE --run DIR")
        return run

    @property
    def recipe(self) -> Path:
        """The resolved recipe."""
        return self.path / "recipe.yaml"

    @property
    def model(self) -> Path:
        """The model folder."""
        return self.path / "model"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def scores(self) -> Path:
        """The scores of the finished run."""
        return self.path / "scores.json"

    @property
    def report(self) -> Path:
        """The report, for a browser."""
        return self.path / "report.html"

    @property
    def begun(self) -> bool:
        """Whether anything was learned here: there are metrics, a checkpoint or a model."""
        metrics = self.path / METRICS
        return (metrics.is_file() and metrics.stat().st_size > 0) or self.checkpoints.exists() or self.model.exists()

    @property
    def finished(self) -> bool:
        """Whether the run ended and was scored."""
        return self.scores.is_file()

    @property
    def complete(self) -> bool:
        """Whether the run is finished and its report is drawn: nothing is left that a resume could do."""
        return self.finished and self.report.is_file()

    def document(self) -> Document:
        """The recipe with the place of each value; its paths are relative to the run."""
        return parse(read_bytes(self.recipe), str(self.recipe))

    def located(self) -> Document:
        """The same with absolute paths."""
        return located(self.document(), self.path)

    def write(self, name: str, value: Mapping[str, Any]) -> None:
        """Write one of the run's JSON files."""
        write_json(self.path / name, value)

    def read(self, name: str) -> dict[str, Any]:
        """Read one of the run's JSON files."""
        value = parse_json(read_bytes(self.path / name), Place(str(self.path / name)))
        assert isinstance(value, dict), f"{name} is written as an object"
        return value


def no_run(path: Path, mend: str) -> MissingInputError:
    """The error for a path where a run was looked for."""
    return MissingInputError("E-RUN-03", "there is no run here", mend=mend, place=Place(str(path)))


def located(document: Document, base: Path) -> Document:
    """The document with absolute paths: what they name is found from any folder.

    Args:
        document: a recipe.
        base: the folder that its paths are relative to.
    """
    return replace(document, values=_joined(document.values, base.resolve()))


def _joined(value: Any, base: Path, key: str = "") -> Any:  # noqa: ANN401  # plain values
    if isinstance(value, dict):
        return {inner: _joined(item, base, inner) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_joined(item, base, key) for item in value]
    return _found(base, value) if key in PATH_KEYS and isinstance(value, str) else value


def _found(base: Path, value: str) -> str:
    """A path from a folder without links, which ends where the path's leading `..` lead."""
    path = Path(value)
    while path.parts[:1] == ("..",):
        base, path = base.parent, Path(*path.parts[1:])
    return str(base / path)


def rebased(values: Mapping[str, Plain], base: Path, target: Path) -> dict[str, Plain]:
    """The values of a recipe whose paths are relative to `base`, with its paths relative to `target`.

    Links are followed before: what lies above a run folder is told by where it is, not by the name that led there.
    """
    return _all_rebased(values, base.resolve(), target.resolve())


def _all_rebased(values: Mapping[str, Plain], base: Path, target: Path) -> dict[str, Plain]:
    return {key: _rebased(key, value, base, target) for key, value in values.items()}


def _rebased(key: str, value: Plain, base: Path, target: Path) -> Plain:
    if isinstance(value, dict):
        return _all_rebased(value, base, target)
    if isinstance(value, list | tuple):
        return [_rebased(key, item, base, target) for item in value]
    if key in PATH_KEYS and isinstance(value, str):
        return os.path.relpath(base / value, target)
    return value
