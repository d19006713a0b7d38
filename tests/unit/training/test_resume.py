"""Stopped after any steps, any number of times, under any settings: the finished run is the same byte for byte."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

SETTINGS = st.fixed_dictionaries(
    {
        "accumulate": st.integers(1, 4),
        "average": st.sampled_from([0.0, 0.9, "uniform", {"kind": "triggered", "interval": 1}, "last"]),
        "evaluate_every": st.just("epoch") | st.integers(1, 9),
        "checkpoint_seconds": st.sampled_from([0.0, 1e9]),
        "optimizer": st.sampled_from(["adam", "sgd", "rmsprop"]),
        "schedule": st.sampled_from(["linear", "plateau", "staircase"]),
        "warmup_steps": st.integers(0, 9),
        "epochs": st.integers(1, 3),
        "log_steps": st.integers(1, 5),
        "seed": st.integers(0, 9),
    }
)


class CrashError(Exception):
    """What stands for a kill; it passes through everything, so that nothing is saved."""


@settings(max_examples=5)
@given(changes=SETTINGS, stops=st.lists(st.integers(0, 12), min_size=1, max_size=3))
def test_stops_change_no_byte(toy, changes, stops):
    config = toy.config(**changes)
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as cut:
        for stop in stops:
            with suppress(CrashError):  # or the run is over before
                _run(toy, Path(cut), config, stop)
        assert _run(toy, Path(cut), config) == _run(toy, Path(whole), config)


def _run(toy, folder, config, stop=-1):
    """The bytes that a run leaves, unless it is stopped after so many further steps."""
    loop = toy.loop(folder, config)
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
