"""A language model stopped after any steps: what it carried comes back, and the run ends in the same bytes."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch

from .cut_runs import cut, run, same_bytes

LINE = Path(__file__).parents[2] / "line"


@pytest.fixture(scope="module")
def language(toy):
    spec = importlib.util.spec_from_file_location("language_training", LINE / "language_training.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["language_training"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("changes", "stops"),
    [
        ({"checkpoint_seconds": 0.0}, [3, 4, 1]),
        ({"checkpoint_seconds": 0.0, "accumulate": 3, "average": "uniform", "optimizer": "sgd"}, [2, 3]),
        ({"checkpoint_seconds": 1e9, "evaluate_every": 4, "average": {"kind": "last", "count": 3}}, [6, 5]),
    ],
)
def test_stops_change_no_byte(language, changes, stops):
    config = language.config(**changes)
    assert same_bytes(lambda folder: language.loop(folder, config), stops)


def test_stops_change_no_byte_once_averaging_has_begun(language, tmp_path):
    """At a rate at which the scores soon fall again: there is no average at the first stop, and one at the last."""
    changes = {"optimizer": "sgd", "learning_rate": 9.0, "schedule": "constant", "evaluate_every": 1, "epochs": 1}
    config = language.config(**changes, average={"kind": "triggered", "interval": 2}, checkpoint_seconds=1e9)

    def loop(folder):
        return language.loop(folder, config)

    sizes = []
    for stop in [2, 6, 2]:
        cut(loop, tmp_path, [stop])
        sizes.append(len(loop(tmp_path)._checkpoints.load().group("average")))
    assert sizes[0] == 0
    assert sizes[-1] > 0
    assert same_bytes(loop, [2, 6, 2])
    run(loop(tmp_path), tmp_path)
    assert (tmp_path / "metrics.jsonl").read_text().count('"averaging"') == 1, "it is told, once"


@pytest.mark.parametrize("kind", ["bilm", "masked-language-model"])
def test_models_that_read_each_text_by_itself_go_on_too(language, kind):
    config = language.config(checkpoint_seconds=0.0, epochs=1, **language.BY_THEMSELVES)
    assert same_bytes(lambda folder: language.loop(folder, config, kind), [2, 3])


def test_a_run_that_forgets_what_it_carried_is_seen(language, monkeypatch):
    """The fault that the law above must catch: the carry is not restored."""
    config, loops = language.config(checkpoint_seconds=0.0), []

    def loop(folder):
        loops.append(language.loop(folder, config))
        if len(loops) == 2:
            monkeypatch.setattr(loops[1], "_carried", lambda *_: ())
        return loops[-1]

    assert not same_bytes(loop, [4])


def test_what_is_carried_is_saved(language, tmp_path):
    loop = language.loop(tmp_path, language.config(checkpoint_seconds=0.0))
    loop.run()
    saved = loop._checkpoints.load().group("carry")
    assert sorted(saved) == ["0", "1", "2", "3", "4", "5"], "two layers of an LSTM, and the window of a pointer"
    shapes = [tuple(saved[str(place)].shape) for place in range(6)]
    assert shapes == [*[(1, 4, 6)] * 4, (1, 4, 8, 6), (1, 4, 7)], "one rank, four streams"
    assert all(torch.equal(saved[str(place)][0], part) for place, part in enumerate(loop._step.state().carry))
