from __future__ import annotations

from pathlib import Path

import pytest

from seqweave.core.errors import DataError
from seqweave.core.events import Event, MetricsFile
from seqweave.insight.history import History, thinned

EVENTS = [
    Event("start", timing={"task": "toy", "steps": 30, "done": 0}),
    Event("step", {"step": 10, "epoch": 0, "loss": 2.5}, {"seconds": 2.0, "tokens_per_second": 100.0}),
    Event("step", {"step": 20, "epoch": 0, "loss": float("nan")}, {"seconds": 6.0, "tokens_per_second": 300.0}),
    Event("evaluation", {"step": 20, "epoch": 1, "f1": 50.0, "accuracy": 90.0, "best": True}, {"seconds": 1.0}),
    Event("evaluation", {"step": 25, "epoch": 1, "f1": 60.0, "accuracy": 80.0, "best": True}, {"seconds": 0.5}),
    Event("evaluation", {"step": 30, "epoch": 2, "f1": 55.0, "accuracy": 95.0, "best": False}, {"seconds": 0.5}),
    Event("stop", {"step": 30, "reason": "all epochs are done"}, {"seconds": 10.0}),
]


def written(folder: Path, events: list[Event]) -> History:
    with MetricsFile(folder) as listener:
        for event in events:
            listener(event)
    return History.read(folder)


def test_the_course_is_what_was_told(tmp_path: Path) -> None:
    history = written(tmp_path, EVENTS)
    assert history.losses == ((10, 2.5),)
    assert history.watched == "f1"
    assert [e.value for e in history.evaluations] == [50.0, 60.0, 55.0]
    assert history.best == history.evaluations[1]
    assert history.seconds == 2.0 + 6.0 + 1.0 + 0.5 + 0.5
    assert history.tokens_per_second == pytest.approx((2 * 100 + 6 * 300) / 8)


def test_the_first_step_which_compiles_kernels_is_in_the_time_and_not_in_the_speed(tmp_path: Path) -> None:
    def step(number: int, seconds: float, speed: float) -> Event:
        timing = {"seconds": seconds, "tokens_per_second": speed}
        return Event("step", {"step": number, "epoch": 0, "loss": 1.0}, timing)

    history = written(tmp_path, [step(1, 10.0, 5.0), step(50, 2.0, 100.0)])
    assert (history.seconds, history.tokens_per_second) == (12.0, 100.0)


def test_an_evaluation_knows_the_work_of_training_before_it(tmp_path: Path) -> None:
    def step(number: int, seconds: float) -> Event:
        timing = {"seconds": 9.0, "processor_seconds": seconds, "tokens_per_second": 1.0}
        return Event("step", {"step": number, "epoch": 0, "loss": 1.0}, timing)

    def evaluation(number: int) -> Event:
        return Event("evaluation", {"step": number, "epoch": 0, "f1": 50.0, "best": True}, {"seconds": 100.0})

    again = [step(20, 4.0), evaluation(20)]  # a run that was killed: both were done twice
    history = written(tmp_path, [step(10, 1.0), evaluation(10), step(20, 2.0), *again, step(30, 8.0)])
    assert [e.processor_seconds for e in history.evaluations] == [1.0, 1.0 + 2.0 + 4.0]
    assert history.processor_seconds == 1.0 + 2.0 + 4.0 + 8.0


def test_the_work_of_a_model_fitted_in_one_go_is_known(tmp_path: Path) -> None:
    history = written(tmp_path, [Event("fit", timing={"seconds": 3.0, "processor_seconds": 2.0})])
    assert (history.seconds, history.processor_seconds, history.best) == (3.0, 2.0, None)


def test_a_model_fitted_in_one_go_has_no_course(tmp_path: Path) -> None:
    history = written(tmp_path, [])
    assert history == History((), (), "", 0.0, 0.0)
    assert history.best is None


def test_a_torn_line_is_named(tmp_path: Path) -> None:
    written(tmp_path, EVENTS)
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"event":"st')
    with pytest.raises(DataError, match=r"metrics\.jsonl:7"):
        History.read(tmp_path)


@pytest.mark.parametrize(("points", "each"), [(10, 1), (11, 2), (20, 2), (95, 10)])
def test_thinned_points_keep_the_mean_of_all(points: int, each: int) -> None:
    values = tuple((step, float(step * step)) for step in range(1, points + 1))
    found, stands_for = thinned(values, 10)
    assert stands_for == each
    assert len(found) <= 10
    assert found[-1][0] == points
    sizes = [min(each, points - each * i) for i in range(len(found))]
    mean = sum(value * size for (_, value), size in zip(found, sizes, strict=True)) / points
    assert mean == pytest.approx(sum(value for _, value in values) / points)
