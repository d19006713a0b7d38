"""Data or recipe changed between two parts of a run: the resume is refused, with the difference, and nothing is lost.

    python scripts/faults/changed.py --count 60 --seed 1

A run is killed in its middle; then a byte, a line or a whole part of its data is changed, or a value of its recipe, and
it is resumed. The resume must end with one clear error that names the file or the key with what was and what is, and
must leave every checkpoint and every line of metrics as it was. With the change undone, the run must end in the
undisturbed run's bytes. Changes that change nothing (times of files, the place of the cache) must not be refused.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

from children import child, warm
from runs import differences, go_on, results, written
from verdict import Fault, Outcome, Plan, main, say

from seqweave.core.emitter import to_yaml
from seqweave.core.manifest import sha256_of
from seqweave.core.nodes import Document, Plain, parse
from seqweave.core.overrides import apply

NAME = "several labels by GRU, averaged"
PARTS = ("train.tsv", "dev.tsv", "test.tsv")
VALUES: tuple[str, ...] = (
    "training.learning_rate=0.011",
    "training.seed=2",
    "training.epochs=5",
    "training.batch_tokens=161",
    "training.average=0.9",
    "training.optimizer=sgd",
    "training.clip=1.0",
    "training.evaluate_every=12",
    "model.encoder.hidden=25",
    "model.encoder.dropout=0.31",
    "model.encoder.kind=lstm",
    "data.multi_label=false",
    "data.limit=1999",
)
HARMLESS: tuple[str, ...] = ("data.cache=elsewhere",)


def attempt(plan: Plan) -> Outcome:
    """Change something, resume, look, and undo it."""
    warm()
    recipe = written(NAME, plan.folder / "lab", plan.sentences)
    whole, cut = recipe.parent / "whole", recipe.parent / "cut"
    ended = child(lambda: go_on(recipe, whole))
    assert not ended.code, ended.error
    expected = results(whole)
    half_done(recipe, cut, ended.seconds)
    random, seen, complaints = Random(plan.seed), Counter[str](), []
    for number in range(plan.count):
        copy = plan.folder / "copy"
        shutil.copytree(recipe.parent, copy)
        kind, name, refused = changes(random)
        undo = change(copy, kind, name, random)
        wrong = list(met(copy / "cut", name, refused))
        undo()
        if not number % 5:
            healed = child(lambda copy=copy: go_on(copy / "recipe.yaml", copy / "cut"))
            wrong += [f"does not go on: {healed.error}"] if healed.code else differences(copy / "cut", expected)
        complaints += [f"{kind} of {name}: {what}" for what in wrong]
        seen[kind] += 1
        shutil.rmtree(copy)
        say(f"changes {number + 1}/{plan.count}, bad {len(complaints)}")
    return Outcome(plan.count, complaints, dict(sorted(seen.items())))


def half_done(recipe: Path, run: Path, seconds: float) -> None:
    """Kill a run in its middle, after its first checkpoint."""
    share = 0.5
    while not any((run / "checkpoints").glob("[0-9]*")) or (run / "scores.json").is_file():
        shutil.rmtree(run, ignore_errors=True)
        child(lambda: go_on(recipe, run), kill_after=share * seconds)
        share = share * 1.1 if not (run / "scores.json").is_file() else 0.5


def changes(random: Random) -> tuple[str, str, bool]:
    """What kind of change, of what, and whether it must be refused."""
    if random.random() < 0.5:
        kind = random.choice(["letter", "line added", "line lost", "lines swapped", "part emptied but for one line"])
        return kind, random.choice(PARTS), True
    if random.random() < 0.1:
        return "time", random.choice(PARTS), False
    value = random.choice((*VALUES, *HARMLESS))
    return "value", value, value not in HARMLESS


def change(folder: Path, kind: str, name: str, random: Random) -> Callable[[], object]:
    """Make a change; what undoes it."""
    path = folder / "cut" / "recipe.yaml" if kind == "value" else folder / name
    before = path.read_bytes()
    if kind == "value":
        path.write_text(to_yaml(valued(parse(before, path.name), name)), encoding="utf-8")
    elif kind == "time":
        os.utime(path, (0, 0))
    else:
        path.write_bytes(edited(before, kind, random))
    return lambda: path.write_bytes(before)


def valued(document: Document, override: str) -> Mapping[str, Plain]:
    """The values of a recipe with one replaced."""
    return apply(document, [override]).values


def edited(data: bytes, kind: str, random: Random) -> bytes:
    """The lines of a data file, changed."""
    head, *lines = data.splitlines(keepends=True)
    at = random.randrange(len(lines) - 1)
    if kind == "letter":
        lines[at] = lines[at][:-1] + b"x\n"
    elif kind == "line added":
        lines.insert(at, b"positive\ta new line\n")
    elif kind == "line lost":
        del lines[at]
    elif kind == "lines swapped":
        lines[at], lines[-1] = lines[-1], lines[at]
    else:
        lines = lines[:1]
    return b"".join([head, *lines])


def met(run: Path, name: str, refused: bool) -> Iterator[str]:
    """Resume a changed run; what is wrong with how that is met."""
    before = kept(run)
    ended = child(lambda: go_on(run / "recipe.yaml", run))
    if not refused:
        if ended.code:
            yield f"was refused: {ended.error}"
        return
    if ended.code not in (65, 78):
        yield f"ended with {ended.code}: {ended.error[-500:]}"
    key, _, value = name.partition("=")
    for needed in (key, value or "sha256", "->"):
        if needed not in ended.error:
            yield f"{needed} is not named in: {ended.error}"
    if kept(run) != before:
        yield "checkpoints or metrics were changed"


def kept(run: Path) -> dict[str, str]:
    """The digest of everything that a refused resume must leave."""
    files = [*run.glob("checkpoints/*/*"), *run.glob("model/*"), run / "metrics.jsonl"]
    return {str(path.relative_to(run)): sha256_of(path) for path in files}


FAULT = Fault(
    "changed",
    "A run whose data or recipe has changed since it began is not resumed: the difference is shown, and nothing is "
    "lost.",
    "changes",
    60,
    attempt,
)

if __name__ == "__main__":
    sys.exit(main(FAULT, __doc__))
