"""One of two torchrun processes killed: the other ends soon, and the resumed run ends in the undisturbed weights.

    python scripts/faults/ranks.py --count 20 --seed 1

`seqweave train RECIPE --devices 2` is started as a user starts it; at a random moment one of its two processes, drawn
at random, gets SIGKILL. The command must end by itself within a minute; then `--resume` goes on, and may be killed
again. The finished run's weights, metrics and scores are compared with those of an undisturbed run of two processes.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

from runs import differences, results, written
from verdict import Fault, Outcome, Plan, main, say

DEVICES = 2
KILLS_OF_A_RUN = 4
HANGS_SECONDS = 60.0
STARTS_SECONDS = 1200.0
NAME = "several labels by GRU, averaged"


@dataclass
class Tally:
    """What was seen."""

    kills: int = 0
    runs: int = 0
    first_rank: int = 0
    ends: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def attempt(plan: Plan) -> Outcome:
    """Kill until there were enough kills."""
    recipe = written(NAME, plan.folder / "recipe", plan.sentences, epochs=12)
    begun = time.monotonic()
    whole = plan.folder / "whole"
    ended = finished(recipe, whole)
    assert not ended, ended
    expected, seconds = results(whole), trained_seconds(whole)
    say(f"undisturbed: {time.monotonic() - begun:.0f} s, of which training {seconds:.1f} s")
    random, tally = Random(plan.seed), Tally()
    while tally.kills < plan.count:
        kill_one_run(recipe, plan.folder / "run", (expected, seconds), random, tally, plan.count)
        say(f"kills {tally.kills}/{plan.count}, bad {len(tally.complaints)} {tally.complaints[-1:]}")
    facts = {
        "runs": tally.runs,
        "kills of the first rank": tally.first_rank,
        "seconds until the command ended, median": round(median(tally.ends), 1),
        "seconds until the command ended, longest": round(max(tally.ends), 1),
    }
    return Outcome(tally.kills, tally.complaints, facts)


def command(recipe: Path, run: Path) -> list[str]:
    """What a user types to start, or to go on."""
    begun = (run / "recipe.yaml").is_file()
    what = ["--resume", str(run)] if begun else [str(recipe), "--run", str(run)]
    return [sys.executable, "-m", "seqweave", "train", *what, "--devices", str(DEVICES), "--threads", "1"]


def started(recipe: Path, run: Path) -> subprocess.Popen[str]:
    """The command, in a process group of its own."""
    return subprocess.Popen(
        command(recipe, run),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def finished(recipe: Path, run: Path) -> str:
    """Run the command to its end; what went wrong."""
    process = started(recipe, run)
    try:
        _, told = process.communicate(timeout=STARTS_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "the command hung without any fault"
    return told[-500:] if process.returncode else ""


def trained_seconds(run: Path) -> float:
    """How long the training itself took: from the first to the last line of its log."""
    return (run / "timing.jsonl").stat().st_mtime - (run / "environment.json").stat().st_mtime


def kill_one_run(
    recipe: Path, run: Path, whole: tuple[Mapping[str, bytes], float], random: Random, tally: Tally, most: int
) -> None:
    """Kill one run some times, let it end, and compare with the results of the whole one."""
    expected, seconds = whole
    before = tally.kills
    for _ in range(random.randint(1, KILLS_OF_A_RUN)):
        if tally.kills >= most or not killed(recipe, run, random, random.uniform(0, seconds / 2), tally):
            break
    wrong = finished(recipe, run)
    differing = differences(run, expected)
    if wrong or differing:
        tally.complaints.append(f"after {tally.kills - before} kills: {differing} {wrong}")
    tally.runs += 1
    shutil.rmtree(run)


def killed(recipe: Path, run: Path, random: Random, after: float, tally: Tally) -> bool:
    """Start the command, wait until it trains and then `after` seconds, and kill a rank; False if it ended before."""
    process = started(recipe, run)
    log = run / "timing.jsonl"
    length = log.stat().st_size if log.is_file() else 0
    while process.poll() is None and not (log.is_file() and log.stat().st_size > length):
        time.sleep(0.05)
    time.sleep(after)
    rank = random.randrange(DEVICES)
    ranks = workers(process.pid)
    if process.poll() is not None or len(ranks) != DEVICES:
        process.communicate()
        return False
    os.kill(ranks[rank], signal.SIGKILL)
    begun = time.monotonic()
    try:
        process.communicate(timeout=HANGS_SECONDS)
    except subprocess.TimeoutExpired:
        tally.complaints.append(f"rank {rank} was killed, and the command hung for {HANGS_SECONDS:.0f} s")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    tally.ends.append(time.monotonic() - begun)
    tally.kills += 1
    tally.first_rank += rank == 0
    return True


def workers(launcher: int) -> list[int]:
    """The processes of the ranks, in order: descendants of the command that have a rank."""
    found: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal() and (rank := rank_of(path)) is not None and launcher in ancestors(int(path.name)):
            found[rank] = int(path.name)
    return [found[rank] for rank in sorted(found)]


def rank_of(process: Path) -> int | None:
    """The rank that torchrun gave a process, or None."""
    try:
        variables = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    ranks = [int(variable.partition(b"=")[2]) for variable in variables if variable.startswith(b"LOCAL_RANK=")]
    return ranks[0] if ranks else None


def ancestors(process: int) -> Iterator[int]:
    """The parents of a process, upwards."""
    while process > 1:
        try:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return
        yield process


FAULT = Fault(
    "ranks",
    "If one of two torchrun processes is killed, the command ends within a minute, and the resumed run ends in the "
    "same weights, metrics and scores.",
    "kills",
    20,
    attempt,
)

if __name__ == "__main__":
    sys.exit(main(FAULT, __doc__))
