from __future__ import annotations

import json

import pytest

from seqweave.core.errors import DataError, DiskError
from seqweave.core.events import Event, Events, MetricsFile


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_values_and_timing_are_kept_apart(tmp_path):
    with MetricsFile(tmp_path) as metrics:
        events = Events(metrics)
        events.emit("start", timing={"steps": 2})
        events.emit("step", {"step": 1, "loss": 0.5}, {"seconds": 0.1})
        events.emit("evaluation", {"step": 1, "accuracy": 95.5, "best": True})
    assert lines(tmp_path / "metrics.jsonl") == [
        {"event": "step", "step": 1, "loss": 0.5},
        {"event": "evaluation", "step": 1, "accuracy": 95.5, "best": True},
    ]
    assert lines(tmp_path / "timing.jsonl") == [
        {"event": "start", "steps": 2},
        {"event": "step", "step": 1, "seconds": 0.1},
    ]


def test_a_resume_cuts_back_and_goes_on_to_the_same_bytes(tmp_path):
    steps = [Event("step", {"step": step, "loss": 1 / step}) for step in range(1, 6)]
    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    with MetricsFile(tmp_path / "whole") as metrics:
        for event in steps:
            metrics(event)
    with MetricsFile(tmp_path / "cut") as metrics:
        metrics(steps[0])
        metrics(steps[1])
        length = metrics.sync()
        metrics(steps[2])
    with MetricsFile(tmp_path / "cut") as metrics:
        metrics.truncate(length)
        assert metrics.length == length
        for event in steps[2:]:
            metrics(event)
    assert (tmp_path / "cut" / "metrics.jsonl").read_bytes() == (tmp_path / "whole" / "metrics.jsonl").read_bytes()


def test_a_line_of_timing_that_was_cut_short_is_not_gone_on_in(tmp_path):
    (tmp_path / "timing.jsonl").write_text('{"event": "notice", "text": "whole"}\n{"event": "no')
    with MetricsFile(tmp_path) as metrics:
        metrics(Event("notice", timing={"text": "next"}))
    assert [line["text"] for line in lines(tmp_path / "timing.jsonl")] == ["whole", "next"]


def test_lost_lines_are_not_hidden(tmp_path):
    with MetricsFile(tmp_path) as metrics, pytest.raises(DataError, match="E-RUN-07"):
        metrics.truncate(10)


def test_numbers_that_are_not_finite_stay_valid_json(tmp_path):
    with MetricsFile(tmp_path) as metrics:
        metrics(Event("step", {"a": float("nan"), "b": float("inf"), "c": float("-inf")}))
    assert lines(tmp_path / "metrics.jsonl") == [{"event": "step", "a": "NaN", "b": "Infinity", "c": "-Infinity"}]


def test_all_listeners_hear_all_events_in_order():
    heard: list[tuple[str, Event]] = []
    first, second = lambda event: heard.append(("first", event)), lambda event: heard.append(("second", event))
    Events(first, Events(second)).emit("stop", {"step": 3})
    assert heard == [("first", Event("stop", {"step": 3})), ("second", Event("stop", {"step": 3}))]


def test_a_full_disk_is_told(tmp_path, faults):
    with MetricsFile(tmp_path) as metrics:
        refusal = faults.attempt(lambda: metrics(Event("step", {"step": 1})), at=0, error=28)
    assert isinstance(refusal, DiskError)
    assert refusal.exit_code == 74
