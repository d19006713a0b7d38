"""Stopped after any steps, any number of times, under any settings: the finished run is the same byte for byte."""

from hypothesis import given, settings
from hypothesis import strategies as st

from .cut_runs import same_bytes

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


@settings(max_examples=5)
@given(changes=SETTINGS, stops=st.lists(st.integers(0, 12), min_size=1, max_size=3))
def test_stops_change_no_byte(toy, changes, stops):
    config = toy.config(**changes)
    assert same_bytes(lambda folder: toy.loop(folder, config), stops)
