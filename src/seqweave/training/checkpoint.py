"""Checkpoints: whole folders of safetensors and JSON, the last two kept, each verified before it is believed.

`checkpoints/STEP/` holds `model.safetensors` (the weights as they stand), `best.safetensors` (those of the best
evaluation so far), `state.safetensors` (optimizer, averages, random states), `state.json` (all plain values) and
`manifest.json`. Each checkpoint is complete in itself, so damage to one never reaches the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from seqweave.core import disk, files
from seqweave.core.errors import DataError, Notice, Place
from seqweave.core.json_text import parse_json
from seqweave.core.manifest import atomic_dir, read_verified, verify
from seqweave.training.weights import from_bytes, to_bytes

KEPT = 2
FORMAT = 1
MODEL, BEST, STATE, VALUES = "model.safetensors", "best.safetensors", "state.safetensors", "state.json"
NOWHERE = Place("")
_SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that training needs to go on as if it had not stopped.

    Args:
        model: the weights as a safetensors file.
        best: the best weights likewise; empty before the first evaluation.
        groups: tensors by group (`optimizer`, `average`, `random`, `carry`) and name.
        values: plain values by group and name.
        place: the folder it was read from.
    """

    model: bytes
    best: bytes
    groups: Mapping[str, Mapping[str, Tensor]]
    values: Mapping[str, Any]
    place: Place = NOWHERE

    def group(self, name: str) -> dict[str, Tensor]:
        """The tensors of a group; none where it was empty."""
        return dict(self.groups.get(name, {}))


class Checkpoints:
    """The folder of checkpoints of one run; one process at a time writes it.

    Args:
        folder: made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notices: list[Notice] = []
        self._sound: list[Path] = []

    def save(self, step: int, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint; only when it is complete do older ones go."""
        target = self.folder / f"{step:08d}"
        flat = {
            f"{group}{_SEPARATOR}{name}": tensor
            for group, tensors in checkpoint.groups.items()
            for name, tensor in tensors.items()
        }
        disk.make_folder(self.folder)
        files.sweep(self.folder)
        with atomic_dir(target) as temporary:
            files.write_bytes(temporary / MODEL, checkpoint.model)
            files.write_bytes(temporary / STATE, to_bytes(flat))
            if checkpoint.best:
                files.write_bytes(temporary / BEST, checkpoint.best)
            files.write_json(temporary / VALUES, {"format": FORMAT, **checkpoint.values})
        self._sound = [*(path for path in self._sound if path != target), target][-KEPT:]
        for path in self._steps():
            if path not in self._sound:
                disk.remove(path)
        return target

    def load(self) -> Checkpoint | None:
        """The last sound checkpoint, or None where none was ever written; damaged ones are put into `notices`.

        Raises:
            DataError: if there are checkpoints and all are damaged.
        """
        steps = self._steps()
        for place, path in reversed(list(enumerate(steps))):
            try:
                found = _read(path)
            except DataError as error:
                self.notices.append(
                    Notice("W-CKPT-01", f"a damaged checkpoint is passed over: {error.what}", error.place)
                )
                continue
            if found.values.get("format") != FORMAT:
                mend = "resume with the version of seqweave that wrote it"
                raise DataError("E-CKPT-02", "the checkpoint is of another format", mend=mend, place=found.place)
            self._sound = [path]
            for older in steps[: max(place + 1 - KEPT, 0)]:  # still there where a kill came before `save` was done
                disk.remove(older)
            return found
        if steps:
            mend = "put a sound copy of the folder back, or train anew into another run folder"
            raise DataError("E-CKPT-01", "every checkpoint is damaged", mend=mend, place=Place(str(self.folder)))
        return None

    def _steps(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if path.name.isdecimal())


def _read(path: Path) -> Checkpoint:
    place = Place(str(path))
    entries = verify(path)
    values = parse_json(read_verified(path, VALUES), Place(str(path / VALUES)))
    groups: dict[str, dict[str, Tensor]] = {}
    for key, tensor in from_bytes(read_verified(path, STATE), Place(str(path / STATE))).items():
        group, _, name = key.partition(_SEPARATOR)
        groups.setdefault(group, {})[name] = tensor
    best = read_verified(path, BEST) if BEST in entries else b""
    return Checkpoint(read_verified(path, MODEL), best, groups, values, place)
