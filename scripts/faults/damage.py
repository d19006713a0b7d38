"""Checkpoints and model folders damaged at random: every damage is found, and the previous checkpoint is used.

    python scripts/faults/damage.py --count 2000 --seed 1

A finished run over laboratory data gives two checkpoints and a model. Each time one file of the newer checkpoint, of
both checkpoints, or of the model is damaged, and what a resume or `seqweave predict` would do is done: it must fall
back to the older checkpoint with a notice, or end with one clear error. Weights that differ and load are a fault.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from children import child, warm
from runs import RECIPES, go_on, written
from verdict import Fault, Outcome, Plan, main, say

from seqweave.core.errors import DataError, SeqweaveError
from seqweave.recipes.saving import load
from seqweave.training.checkpoint import Checkpoints

BLOCK = 512
SAID_EVERY = 200
Damage = Callable[[bytes, Random], bytes]


def flip(data: bytes, random: Random) -> bytes:
    """One bit turned round."""
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, random: Random) -> bytes:
    """The end cut off: two bytes at least, for the last line feed of a manifest says nothing."""
    return data[: random.randrange(len(data) - 1)]


def overwrite(data: bytes, random: Random) -> bytes:
    """A block of noise somewhere."""
    at = random.randrange(len(data))
    return data[:at] + random.randbytes(len(data[at : at + BLOCK])) + data[at + BLOCK :]


def append(data: bytes, random: Random) -> bytes:
    """Bytes at the end."""
    return data + random.randbytes(random.randint(4, 64))


DAMAGES: dict[str, Damage] = {"bit flipped": flip, "cut": cut, "block overwritten": overwrite, "appended": append}
MOVES = ("missing", "renamed", "swapped", "file added")


def attempt(plan: Plan) -> Outcome:
    """Damage, look, repair."""
    warm()
    recipe = written(next(iter(RECIPES)), plan.folder / "lab", plan.sentences, epochs=2)
    run = plan.folder / "lab" / "run"
    ended = child(lambda: go_on(recipe, run))
    assert not ended.code, ended.error
    random, seen, complaints = Random(plan.seed), Counter[str](), []
    for number in range(plan.count):
        kind = random.choice([*DAMAGES, *MOVES])
        target = random.choice(["checkpoint", "checkpoint", "both checkpoints", "model", "model"])
        copy = plan.folder / "copy"
        shutil.copytree(run, copy)
        hurt = "; ".join(damaged(folder, kind, random) for folder in folders(copy, target))
        wrong = silent_model(copy) if target == "model" else silent_checkpoint(copy, both=target != "checkpoint")
        if wrong:
            complaints.append(f"{target}, {kind}, {hurt}: {wrong}")
        seen[target] += 1
        seen[kind] += 1
        shutil.rmtree(copy)
        if not (number + 1) % SAID_EVERY:
            say(f"damages {number + 1}/{plan.count}, bad {len(complaints)}")
    return Outcome(plan.count, complaints, dict(sorted(seen.items())))


def folders(run: Path, target: str) -> list[Path]:
    """What is damaged."""
    newer_last = sorted((run / "checkpoints").iterdir())
    return {"model": [run / "model"], "checkpoint": newer_last[-1:]}.get(target, newer_last)


def damaged(folder: Path, kind: str, random: Random) -> str:
    """Damage one file of a folder; its name."""
    files = sorted(folder.iterdir())
    path = random.choice(files)
    data = path.read_bytes()
    if kind in DAMAGES:
        hurt = DAMAGES[kind](data, random)
        path.write_bytes(hurt if hurt != data else b"")  # noise may be what was there
    elif kind == "swapped":
        other = random.choice([file for file in files if file.read_bytes() != data])
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
    elif kind == "file added":
        path.with_name("more.safetensors").write_bytes(data)
    elif kind == "renamed":
        path.rename(path.with_name(f"{path.name}.1"))
    else:
        path.unlink()
    return path.name


def silent_checkpoint(run: Path, *, both: bool) -> str:
    """What is wrong with how damage to the newer checkpoint, or to both, is met; the empty string where all is well."""
    older, newer = sorted((run / "checkpoints").iterdir())
    kept = Checkpoints(run / "checkpoints")
    try:
        found = kept.load()
    except SeqweaveError as error:
        return "" if both and error.code == "E-CKPT-01" else f"in place of the previous one: {error}"
    if found is None or both or found.place.file != str(older):
        return f"{newer.name} or none was taken for sound"
    return "" if [notice.code for notice in kept.notices] == ["W-CKPT-01"] else "no notice was given"


def silent_model(run: Path) -> str:
    """What is wrong with how a damaged model is met; the empty string where all is well."""
    try:
        load(run / "model")
    except DataError:
        return ""
    return "it was loaded"


FAULT = Fault(
    "damage",
    "A damaged checkpoint or model folder is never loaded: the previous checkpoint is used, or one error says what is "
    "wrong.",
    "damaged folders",
    2000,
    attempt,
)

if __name__ == "__main__":
    sys.exit(main(FAULT, __doc__))
