"""kill -9 at random moments of training: the finished run must be the undisturbed one, byte for byte.

    python scripts/faults/kills.py --count 200 --seed 1

Four recipes over laboratory data take turns. A run is killed one to eight times, each time at a moment drawn uniformly
over the first 60 % of what an undisturbed run takes, and is started again or resumed (so resumes are killed, too); then
it runs to its end, and its weights, vocabulary, metrics and scores are compared with the undisturbed run's.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from children import child, warm
from runs import RECIPES, differences, go_on, left_over, results, written
from verdict import Fault, Outcome, Plan, main, say

KILLS_MOST = 8
SHARE = 0.6


@dataclass(frozen=True)
class Undisturbed:
    """A run that nothing happened to.

    Args:
        recipe: its recipe.
        results: its reproducible bytes.
        seconds: how long it took, reading from the cache.
    """

    recipe: Path
    results: Mapping[str, bytes]
    seconds: float


@dataclass
class Tally:
    """What was seen."""

    kills: int = 0
    runs: int = 0
    before_first_checkpoint: int = 0
    longest_chain: int = 0
    complaints: list[str] = field(default_factory=list)


def attempt(plan: Plan) -> Outcome:
    """Kill until there were enough kills."""
    warm()
    whole: dict[str, Undisturbed] = {}
    random, tally, killed = Random(plan.seed), Tally(), dict.fromkeys(RECIPES, 0)
    while tally.kills < plan.count:
        name = min(killed, key=lambda key: killed[key])
        before = tally.kills
        if name not in whole:
            whole[name] = undisturbed(name, plan.folder / f"recipe{len(whole)}", plan.sentences)
        kill_one_run(whole[name], plan.folder / "killed", random, plan.count - tally.kills, tally)
        killed[name] += tally.kills - before
        say(f"kills {tally.kills}/{plan.count}, runs {tally.runs}, bad {len(tally.complaints)}")
    facts = {
        "runs": tally.runs,
        "kills before the first checkpoint": tally.before_first_checkpoint,
        "most kills of one run": tally.longest_chain,
        "kills by recipe": killed,
    }
    return Outcome(tally.kills, tally.complaints, facts)


def undisturbed(name: str, folder: Path, sentences: int) -> Undisturbed:
    """Run a recipe twice; the second one reads from the cache, as the killed ones will."""
    recipe = written(name, folder, sentences)
    for run in ("first", "whole"):
        ended = child(lambda run=run: go_on(recipe, folder / run))
        assert not ended.code, ended.error
    found = results(folder / "whole")
    assert found == results(folder / "first"), f"{name} differs from run to run without any fault"
    return Undisturbed(recipe, found, ended.seconds)


def kill_one_run(whole: Undisturbed, run: Path, random: Random, most: int, tally: Tally) -> None:
    """Kill one run up to `most` times, let it end, and compare."""
    chain = 0
    for _ in range(min(random.randint(1, KILLS_MOST), most)):
        ended = child(lambda: go_on(whole.recipe, run), kill_after=random.uniform(0, SHARE * whole.seconds))
        if not ended.killed:
            break
        chain += 1
        tally.before_first_checkpoint += not any((run / "checkpoints").glob("[0-9]*"))
    ended = child(lambda: go_on(whole.recipe, run))
    wrong = differences(run, whole.results)
    left = left_over(run)
    if ended.code or ended.hung or wrong or left:
        tally.complaints.append(f"{whole.recipe.parent.name}, {chain} kills: {ended.error} {wrong} {left}")
    tally.kills, tally.runs = tally.kills + chain, tally.runs + 1
    tally.longest_chain = max(tally.longest_chain, chain)
    shutil.rmtree(run, ignore_errors=True)


FAULT = Fault(
    "kills",
    "A run that is killed at any moment, also while it resumes, ends in the same weights, metrics and scores.",
    "kills",
    200,
    attempt,
)

if __name__ == "__main__":
    sys.exit(main(FAULT, __doc__))
