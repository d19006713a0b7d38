"""Races with rivals in environments of their own, with a stand-in for the rival."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from seqweave.core.events import Event

PEERS = Path(__file__).parents[3] / "benchmarks" / "peers"
STAND_IN = f"""
import sys, time
sys.path.insert(0, {str(PEERS)!r})
from orders import obey

def work(seconds, word):
    print("what a library prints")
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return word * 2

obey({{"work": work, "idle": lambda: time.sleep(0.1)}})
"""


@pytest.fixture(scope="module")
def rival() -> ModuleType:
    sys.path.insert(0, str(PEERS))
    try:
        return importlib.import_module("rival")
    finally:
        sys.path.remove(str(PEERS))
        sys.path.remove(str(PEERS.parent))  # the module itself looks there


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    path = tmp_path / "stand_in.py"
    path.write_text(STAND_IN, encoding="utf-8")
    return str(path)


def test_a_rival_answers_order_by_order_and_only_its_work_is_timed(rival: ModuleType, stand_in: str) -> None:
    with rival.Rival(Path(sys.executable), stand_in) as other:
        worked, idle, again = other.ask("work", 0.05, "词"), other.ask("idle"), other.ask("work", 0, "b")
    assert (worked.value, idle.value, again.value) == ("词词", None, "bb")
    assert worked.seconds >= 0.05 > idle.seconds


def test_a_rival_that_ends_is_told(rival: ModuleType, stand_in: str, capfd: pytest.CaptureFixture[str]) -> None:
    with rival.Rival(Path(sys.executable), stand_in) as other, pytest.raises(RuntimeError, match="no such order"):
        other.ask("no such order")
    assert "KeyError" in capfd.readouterr().err


def test_a_record_names_no_place_of_this_machine(
    rival: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["race.py", "--data", "/some/data", "--peer-python", "/some/bin/python", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", given)
    options = rival.race_arguments("A race.").parse_args(given[1:])
    facts = [{"our_accuracy": {"test": 90.0}, "their_accuracy": {"test": 80.0}}]
    question = rival.Question("bench-toy", "toy over toy", "higher", 0.5)
    rival.record(question, [2.0, 4.0, 3.0], options, facts, {"toy": "1.0"})
    found = json.loads((tmp_path / "bench-toy.json").read_text(encoding="utf-8"))
    assert found == json.loads(capsys.readouterr().out)
    assert found["command"] == "python race.py --data DIR --peer-python PEERS/bin/python --output results"
    assert (found["ratio"], found["facts"]) == (pytest.approx(1 / 3, abs=1e-4), facts)
    assert {"toy", "seqweave", "torch"} <= set(found["versions"])


def test_a_race_that_ended_before_ours_was_as_good_leaves_no_record(
    rival: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["race.py", "--data", "/some/data", "--peer-python", "/some/bin/python", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", given)
    options = rival.race_arguments("A race.").parse_args(given[1:])
    question = rival.Question("bench-toy", "toy over toy", "lower", 0.5)
    with pytest.raises(SystemExit, match=r"bench-toy: ended before ours was as good.*'our_seconds': None"):
        rival.record(question, [2.0, float("inf"), 3.0], options, [{"our_seconds": None}], {"toy": "1.0"})
    assert not list(tmp_path.iterdir())


def test_the_rival_trains_as_long_as_ours_after_each_evaluation_and_then_to_its_end(rival: ModuleType) -> None:
    orders: list[float | None] = []

    def advance(until: float | None) -> list[dict[str, float]] | None:
        orders.append(until)
        return [{"seconds": until or 9.0, "accuracy": 90.0}] if orders.count(None) < 2 else None

    sys.path.insert(0, str(PEERS))
    try:
        turns = importlib.import_module("turns").Turns("accuracy", advance)
    finally:
        sys.path.remove(str(PEERS))
    for step in (1, 2):
        turns.hear(Event("step", {"step": step}))
        turns.hear(Event("evaluation", {"step": step, "accuracy": 80.0}))
    for _ in range(3):
        turns.let(None)
    spent = [one["seconds"] for one in turns.ours]
    assert orders == [*spent, None, None], "what is over is asked nothing"
    assert [one["seconds"] for one in turns.theirs] == [*spent, 9.0]
