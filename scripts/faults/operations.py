"""Every file operation of saving, exporting, caching and of a whole run is stopped once and failed once.

    python scripts/faults/operations.py --count 5000 --seed 1

Each scenario is done once to count its operations, then once for each: ended there by SIGKILL (of a write, after half
its bytes), failed there by EIO and by ENOSPC, and once for each of many limits on the size of a file (RLIMIT_FSIZE).
Afterwards either the old state is there, whole, or the new one; a failure is one clear error, never a traceback, and
leaves no half-written thing behind; and to do it again works. COUNT is the most points in all; those of a whole run are
sampled.
"""

from __future__ import annotations

import errno
import resource
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from children import Ended, child, warm
from runs import left_over
from scenarios import Scenario, scenarios
from tripwire import REMOVALS, Tripwire
from verdict import Fault, Outcome, Plan, main, say

KINDS = {"stopped": 0, "EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
LIMITED = "RLIMIT_FSIZE"
LIMITS = 12
SAID_EVERY = 100


@dataclass
class Tally:
    """What was seen."""

    points: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Point:
    """One way to break one scenario.

    Args:
        scenario: what is broken.
        kind: a key of `KINDS`, or LIMITED.
        at: the number of the operation, or the limit in bytes.
        operation: its name.
    """

    scenario: Scenario
    kind: str
    at: int
    operation: str


def attempt(plan: Plan) -> Outcome:
    """Break every operation of every scenario, or so many of them as are asked for."""
    warm()
    random, tally, chosen = Random(plan.seed), Tally(), []
    for scenario in scenarios(plan.folder, plan.sentences):
        found = list(points(scenario, plan.folder / "count"))
        say(f"{scenario.name}: {len(found)} points")
        chosen += random.sample(found, min(len(found), scenario.most))
    if len(chosen) > plan.count:
        chosen = random.sample(chosen, plan.count)
    for number, point in enumerate(chosen, 1):
        one_point(point, plan.folder / "point", tally)
        if not number % SAID_EVERY:
            say(f"points {number}/{len(chosen)}, bad {len(tally.complaints)}")
    facts = {**tally.points, **{f"{state} afterwards": count for state, count in tally.states.items()}}
    return Outcome(tally.points.total(), tally.complaints, facts)


def points(scenario: Scenario, folder: Path) -> Iterator[Point]:
    """All ways to break a scenario."""
    operations, largest = counted(scenario, folder)
    for kind in KINDS:
        yield from (Point(scenario, kind, at, operation) for at, operation in enumerate(operations))
    yield from (Point(scenario, LIMITED, largest * limit // LIMITS, "write") for limit in range(LIMITS))


def counted(scenario: Scenario, folder: Path) -> tuple[list[str], int]:
    """The operations of a scenario to which nothing happens, and the size of its largest file in bytes."""

    def work() -> list[str]:
        wire = Tripwire(folder).install()
        scenario.act(folder)
        return wire.seen

    scenario.prepare(folder)
    ended = child(work)
    assert not ended.code, ended.error
    largest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    return ended.answer, largest


def one_point(point: Point, folder: Path, tally: Tally) -> None:
    """Break one operation, and look at what is left."""
    scenario = point.scenario
    scenario.prepare(folder)
    old = scenario.state(folder)
    ended = child(limited(point, folder) if point.kind == LIMITED else broken(point, folder))
    wrong = [*misbehaved(ended, point, left_over(folder))]
    recovered = child(lambda: scenario.state(folder))
    again = child(lambda: scenario.act(folder))
    after = child(lambda: scenario.state(folder))
    state = {old: "old state", after.answer: "new state"}.get(recovered.answer)
    if state is None or recovered.code:
        wrong.append(f"neither the old nor the new state is there: {recovered.error or recovered.answer}")
    if again.code or after.code or after.answer == old:
        wrong.append(f"doing it again fails: {again.error} {after.error}")
    wrong += [f"{name} is left for ever" for name in left_over(folder)]
    tally.points[point.kind] += 1
    tally.states[state or "bad state"] += 1
    place = f"{scenario.name}, {point.kind} at {point.operation} {point.at}"
    tally.complaints += [f"{place}: {what}" for what in wrong]
    shutil.rmtree(folder)


def broken(point: Point, folder: Path) -> Callable[[], None]:
    """The scenario with one operation broken."""

    def work() -> None:
        Tripwire(folder, point.at, KINDS[point.kind]).install()
        point.scenario.act(folder)

    return work


def limited(point: Point, folder: Path) -> Callable[[], None]:
    """The scenario where no file may grow beyond a number of bytes."""

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (point.at, point.at))
        point.scenario.act(folder)

    return work


def misbehaved(ended: Ended, point: Point, left: list[str]) -> Iterator[str]:
    """What is wrong with how the broken child itself ended."""
    if point.kind == "stopped":
        if not ended.killed:
            yield f"was not stopped ({ended.code})"
        return
    if ended.code not in (0, 74):
        yield f"exit code {ended.code}: {ended.error[-500:]}"
    halves = [name for name in left if name.endswith(".tmp")]
    if halves and point.operation not in REMOVALS:
        yield f"left {halves}"


FAULT = Fault(
    "operations",
    "A save, an export, a cache or a run that is stopped or refused at any file operation leaves the old state or the "
    "new one, whole, and can be done again.",
    "broken operations",
    5000,
    attempt,
)

if __name__ == "__main__":
    sys.exit(main(FAULT, __doc__))
