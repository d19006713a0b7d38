"""Runs of training that are cut short as if they were killed, and gone on with."""

import tempfile
from contextlib import suppress
from pathlib import Path


class CrashError(Exception):
    """What stands for a kill; it passes through everything, so that nothing is saved."""


def run(loop, folder, stop=-1):
    """The bytes that a run leaves, unless it is stopped after so many further steps."""
    taken, left = loop._advance, stop

    def advance():
        nonlocal left
        if not left:
            raise CrashError
        left -= 1
        taken()

    loop._advance = advance
    outcome = loop.run()
    return (folder / "metrics.jsonl").read_bytes(), outcome.best


def cut(loop, folder, stops):
    """Begin, or go on, with a fresh `loop(folder)`, as many times as there are stops: after how many further steps."""
    for stop in stops:
        with suppress(CrashError):  # or the run is over before
            run(loop(folder), folder, stop)


def same_bytes(loop, stops):
    """Whether a run that is stopped leaves the bytes of one that is not."""
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as parts:
        cut(loop, Path(parts), stops)
        return run(loop(Path(parts)), Path(parts)) == run(loop(Path(whole)), Path(whole))
