import json
import os
import signal

import pytest
import torch

from seqweave.core.errors import DataError, RecipeError, StoppedError
from seqweave.training.contract import Judge


class CrashError(Exception):
    """What a test throws in the middle of a run, where a kill would come."""


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def finished(toy, folder, settings=None):
    """The bytes that a run leaves: metrics and best weights."""
    outcome = toy.loop(folder, settings).run()
    return (folder / "metrics.jsonl").read_bytes(), outcome.best


@pytest.fixture
def places(tmp_path):
    def place(name):
        (tmp_path / name).mkdir()
        return tmp_path / name

    return place


def test_training_twice_gives_equal_bytes(toy, places):
    assert finished(toy, places("a")) == finished(toy, places("b"))


def test_the_clock_changes_no_result(toy, places):
    often, seldom = toy.config(checkpoint_seconds=0), toy.config(checkpoint_seconds=1e6)
    assert finished(toy, places("a"), often) == finished(toy, places("b"), seldom)


def test_loss_falls(toy, places):
    finished(toy, folder := places("a"), toy.config(epochs=10))
    losses = [line["loss"] for line in lines(folder) if "loss" in line]
    assert losses[-1] < 0.8 * losses[1]


def test_the_first_step_is_told_by_itself_so_that_no_pace_holds_the_compiling_of_kernels(toy, places):
    finished(toy, folder := places("a"), toy.config(log_steps=4))
    told = [json.loads(line) for line in (folder / "timing.jsonl").read_text().splitlines()]
    assert [line["step"] for line in told if line["event"] == "step"][:3] == [1, 4, 8]


def test_stopping_in_any_step_and_resuming_changes_no_byte(toy, places):
    settings = toy.config(checkpoint_seconds=0, accumulate=3, evaluate_every=4)
    whole, folder = finished(toy, places("whole"), settings), places("cut")
    for stop in range(1, 16, 2):
        loop = toy.loop(folder, settings)
        _crash_at(loop, stop)
        with pytest.raises(CrashError):
            loop.run()
    assert finished(toy, folder, settings) == whole


def _crash_at(loop, step):
    taken = loop._advance

    def advance():
        if loop._progress.step == step:
            raise CrashError
        taken()

    loop._advance = advance


def test_a_damaged_last_checkpoint_costs_time_but_no_byte(toy, places):
    settings = toy.config(checkpoint_seconds=0)
    whole, folder = finished(toy, places("whole"), settings), places("cut")
    loop = toy.loop(folder, settings)
    _crash_at(loop, 13)
    with pytest.raises(CrashError):
        loop.run()
    last = max((folder / "checkpoints").iterdir())
    (last / "state.safetensors").write_bytes(b"damaged")
    assert finished(toy, folder, settings) == whole
    assert "W-CKPT-01" in (folder / "timing.jsonl").read_text()


def test_a_plateau_and_an_early_stop_go_on_after_a_crash(toy, places):
    settings = toy.config(schedule={"kind": "plateau", "patience": 1}, stop={"patience": 2}, epochs=9, evaluate_every=2)
    whole, folder = finished(toy, places("whole"), settings), places("cut")
    for stop in (5, 9):
        loop = toy.loop(folder, settings)
        _crash_at(loop, stop)
        with pytest.raises(CrashError):
            loop.run()
    assert finished(toy, folder, settings) == whole


def test_resuming_a_finished_run_returns_its_outcome(toy, places):
    wanted = finished(toy, folder := places("a"))
    assert finished(toy, folder) == wanted


def test_metrics_that_are_shorter_than_the_checkpoint_are_an_error(toy, places):
    finished(toy, folder := places("a"))
    (folder / "metrics.jsonl").write_bytes(b"")
    with pytest.raises(DataError):
        toy.loop(folder).run()


def test_the_best_weights_are_the_averaged_ones_of_the_best_evaluation(toy, places):
    loop = toy.loop(folder := places("a"))
    kept = []
    judge = Judge(loop._judge.evaluate, "error", False, lambda: kept.append(loop._judge.evaluate()["error"]))
    loop._judge = judge
    outcome = loop.run()
    errors = [line["error"] for line in lines(folder) if line["event"] == "evaluation"]
    assert kept[-1] == min(errors) == outcome.progress.best_scores["error"]
    assert kept == [e for i, e in enumerate(errors) if all(e < f for f in errors[:i])]


def test_early_stopping_waits_for_its_patience(toy, places):
    loop = toy.loop(places("a"), toy.config(epochs=30, stop={"patience": 2}))
    scores = iter([1.0, 3.0, 2.0, 3.0, 4.0])
    loop._judge = Judge(lambda: {"f": next(scores)}, "f")
    outcome = loop.run()
    assert outcome.progress.history == [1.0, 3.0, 2.0, 3.0]
    assert outcome.progress.epoch == 4


@pytest.mark.parametrize(("every", "steps"), [(7, [7, 14, 20]), ("epoch", [10, 20])])
def test_evaluations_come_when_asked_and_at_the_end(toy, places, every, steps):
    finished(toy, folder := places("a"), toy.config(epochs=2, evaluate_every=every))
    assert [line["step"] for line in lines(folder) if line["event"] == "evaluation"] == steps


def test_accumulation_takes_fewer_steps_and_a_short_one_at_the_end_of_an_epoch(toy, places):
    finished(toy, folder := places("a"), toy.config(epochs=2, accumulate=3))
    # an epoch is 10 batches: three steps over three, one over the last
    assert [line["step"] for line in lines(folder) if line["event"] == "evaluation"] == [4, 8]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_after_a_checkpoint_and_the_run_goes_on(toy, places, sent, code):
    whole, folder = finished(toy, places("whole")), places("cut")
    loop = toy.loop(folder)
    evaluate = loop._judge.evaluate
    loop._judge = Judge(lambda: os.kill(os.getpid(), sent) or evaluate(), "error", False)
    with pytest.raises(StoppedError, match=r"after step 10; .*seqweave train --resume runs/x") as caught:
        loop.run(resume="seqweave train --resume runs/x")
    assert caught.value.exit_code == code
    assert finished(toy, folder) == whole


@pytest.mark.parametrize("where", ["input", "module", "gradient"])
def test_what_is_not_finite_names_module_and_line_and_spoils_nothing(toy, places, where):
    loop = toy.loop(folder := places("a"))
    model, data = loop._model, loop._stream._dataset
    if where == "input":
        data.x[11, 2] = float("nan")
    elif where == "module":
        model.drop.register_forward_hook(lambda module, inputs, output: output + float("inf"))
    if where == "gradient":
        model.inner.bias.register_hook(lambda gradient: gradient * float("nan"))
    wanted = {
        "input": "module 'inner' .*toy.csv:12;",
        "module": "module 'drop'",
        "gradient": "gradient of 'inner.bias'",
    }
    with pytest.raises(RecipeError, match=rf"{wanted[where]}.*E-TRAIN-01"):
        loop.run()
    assert all(torch.isfinite(p).all() for p in model.parameters())
    assert all("nan" not in json.dumps(line).lower() for line in lines(folder))


def test_a_metric_that_is_not_there_is_named_with_the_nearest(toy, places):
    loop = toy.loop(places("a"))
    loop._judge = Judge(lambda: {"accuracy": 1.0}, "acuracy")
    with pytest.raises(RecipeError, match=r"acuracy.*'accuracy'.*E-TRAIN-03"):
        loop.run()


def test_the_rate_follows_schedule_and_warmup(toy, places):
    finished(toy, folder := places("a"), toy.config(log_steps=1, epochs=2))
    rates = {line["step"]: line["learning_rate"] for line in lines(folder) if "loss" in line}
    # 20 steps in all; the warm-up takes 4
    assert rates == pytest.approx({s + 1: 1e-2 * min(1, (s + 1) / 4) * (1 - s / 20) for s in range(20)})


def test_the_mean_loss_is_over_rows_not_over_batches(toy, places):
    loop = toy.loop(folder := places("a"), toy.config(epochs=2, log_steps=1000, learning_rate=1e-12, average=0.0), 0.0)
    loop.run()
    whole = loop._stream._dataset.batch(range(40))
    _first_step, _first_epoch, second_epoch = [line["loss"] for line in lines(folder) if "loss" in line]
    with torch.no_grad():
        assert second_epoch == pytest.approx(float(loop._model.loss(whole).mean), abs=1e-6)


def test_the_optimizers_moments_are_settled_now_and_then(toy, places, monkeypatch):
    loop = toy.loop(places("a"), toy.config(epochs=11))  # 110 steps
    settled = []
    monkeypatch.setattr(loop._step, "settle", lambda: settled.append(loop._progress.step))
    loop.run()
    assert settled == [50, 100]
