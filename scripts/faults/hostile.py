"""Model folders and zip files from strangers: each is refused within a second, and no code of theirs is run.

    python scripts/faults/hostile.py --count 1000 --seed 1

Each case is loaded as `seqweave.load` and `seqweave info` load it, in a child under an audit hook that notes whatever
runs code, imports, opens a socket, or opens or changes a file elsewhere, with 512 MB of memory beyond what it has. It
must end with one of Seqweave's errors after at most a second of processor time. COUNT is the most cases.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from children import Ended, child, warm
from hostile_archives import ARCHIVES
from hostile_models import HARMLESS, REFUSED, UNREAD
from runs import go_on, written
from verdict import Fault, Outcome, Plan, main, say
from watch import Watch

from seqweave.cli.info import REGISTRIES
from seqweave.core.errors import SeqweaveError
from seqweave.recipes.inside import describe
from seqweave.recipes.predictor import Predictor

MEMORY_BYTES = 512 << 20
SECONDS = 1.0
PROCESSOR_SECONDS = 20
HANGS_SECONDS = 600.0  # of a clock; a busy machine may give little of it
VERBS: dict[str, Callable[[Path], object]] = {
    "load": Predictor.load,
    "info": describe,
}


def attempt(plan: Plan) -> Outcome:
    """Meet every stranger."""
    warm()
    recipe = written("classification by self-attention", plan.folder / "lab", plan.sentences, epochs=1)
    ended = child(lambda: go_on(recipe, plan.folder / "lab" / "run"))
    assert not ended.code, ended.error
    sound = plan.folder / "lab" / "run" / "model"
    cases = [*REFUSED, *ARCHIVES, *HARMLESS]
    chosen = cases if plan.count >= len(cases) else Random(plan.seed).sample(cases, plan.count)
    warm_up(sound, plan.folder / "warm")
    complaints, slowest = [], 0.0
    for name in chosen:
        here = plan.folder / "case"
        for what, verb in VERBS.items():
            path = made(name, sound, here)
            met = child(lambda path=path, verb=verb, here=here: watched(path, verb, here), hangs_after=HANGS_SECONDS)
            refused = name not in HARMLESS and name not in UNREAD.get(what, ())
            wrong = [f"{name}, {what}: {wrong}" for wrong in misbehaved(met, refused, here)]
            complaints += wrong
            say("\n".join(wrong) or f"{name}, {what}: {met.answer['ended']}")
            slowest = max(slowest, met.answer["seconds"] if isinstance(met.answer, dict) else 0)
            shutil.rmtree(here)
    facts = {
        "folders": sum(name in REFUSED for name in chosen),
        "folders whose harm lies in what is not opened": sum(name in HARMLESS for name in chosen),
        "zip files": sum(name in ARCHIVES for name in chosen),
        "slowest, seconds of the processor": round(slowest, 2),
    }
    return Outcome(len(chosen), complaints, facts)


def warm_up(sound: Path, folder: Path) -> None:
    """Import whatever a sound model and the text of an error need, before anybody watches for imports."""
    for module, registry in REGISTRIES.values():  # an unknown kind is answered with all that are known
        getattr(import_module(module), registry).load()
    for verb in VERBS.values():
        verb(sound)
    "\0".encode("unicode_escape").decode("cp437")
    for name in ("a pickle as vocabulary.json", "a tensor beyond the file", "a zip cut short"):
        with contextlib.suppress(SeqweaveError):
            Predictor.load(made(name, sound, folder / name))


def made(name: str, sound: Path, here: Path) -> Path:
    """One case, in a folder of its own."""
    (here / "temporary").mkdir(parents=True)
    if name in ARCHIVES:
        path = here / "model.zip"
        path.write_bytes(ARCHIVES[name](sound))
        return path
    shutil.copytree(sound, here / "model")
    (REFUSED | HARMLESS)[name](here / "model")
    return here / "model"


def watched(path: Path, verb: Callable[[Path], object], here: Path) -> dict[str, Any]:
    """Load it under watch; how it ended, what was seen, and the processor's seconds."""
    os.chdir(here)
    tempfile.tempdir = str(here / "temporary")
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY_BYTES, taken + MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    watch, begun = Watch(here).install(), time.process_time()
    try:
        verb(path)
        ended = ""
    except SeqweaveError as error:
        ended = str(error)
    seconds, seen = time.process_time() - begun, list(watch.seen)
    return {"ended": ended, "seconds": seconds, "seen": seen}


def misbehaved(met: Ended, refused: bool, here: Path) -> Iterator[str]:
    """What is wrong with how a case was met."""
    if met.hung or met.code:
        yield "it hangs" if met.hung else f"ended with {met.code}: {met.error[-600:]}"
        return
    if bool(met.answer["ended"]) != refused:
        yield "it was loaded" if refused else f"it was refused: {met.answer['ended']}"
    if met.answer["seen"]:
        yield f"did {met.answer['seen'][:5]}"
    if met.answer["seconds"] > SECONDS:
        yield f"took {met.answer['seconds']:.1f} s"
    if (here / "harmed").exists():
        yield "ran its code"
    if any((here / "temporary").iterdir()):
        yield "left files behind"


FAULT = Fault(
    "hostile",
    "A model folder or zip file from a stranger runs no code, reaches nothing outside, and is refused within a second.",
    "hostile models",
    1000,
    attempt,
)

if __name__ == "__main__":
    sys.exit(main(FAULT, __doc__))
