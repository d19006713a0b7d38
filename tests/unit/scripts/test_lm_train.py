"""A race counts only between equals: what differs is refused."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

SMALL = (
    "model.embed.dim=8",
    "model.encoder.hidden=8",
    "training.batch_rows=4",
    "training.window.length=5",
    "training.warmup_steps=0",
    "training.epochs=1",
)


@pytest.fixture
def both(lm_train: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(lm_train, "WORDS", 50)
    monkeypatch.setattr(lm_train, "TOKENS", 400)
    lm_train.write_texts(tmp_path)
    return lm_train.pair("ptb-lstm-small", tmp_path, SMALL)


def test_equals_learn_alike(lm_train: ModuleType, both: Any) -> None:
    before = lm_train.perplexities(both)
    lm_train.require_same_model(before, lm_train.BEGINNING)
    clock = iter(range(10_000))
    turns = list(lm_train.race(both, lambda: next(clock)))
    assert len(turns) == len(both.train.epoch(0))
    lm_train.require_same_course(turns, dropout=False)
    assert lm_train.time_ratios(turns) == [1.0] * lm_train.RUNS
    after = lm_train.perplexities(both)
    assert after[0] == pytest.approx(after[1], rel=1e-4)
    assert after[0] < before[0]


def test_other_weights_are_refused(lm_train: ModuleType, both: Any) -> None:
    with torch.no_grad():
        both.twin.layers[1].weight_hh_l0[0] += 0.1
    with pytest.raises(RuntimeError, match="not the same model"):
        lm_train.require_same_model(lm_train.perplexities(both), lm_train.BEGINNING)


def test_another_course_is_refused(lm_train: ModuleType, both: Any) -> None:
    both.twin.words.requires_grad_(False)  # ours learns it
    turns = list(lm_train.race(both, lambda: 0.0))
    with pytest.raises(RuntimeError, match="not the same training"):
        lm_train.require_same_course(turns, dropout=False)


def test_with_dropout_means_count(lm_train: ModuleType) -> None:
    turns = [lm_train.Turn((1.0, 2.0), losses) for losses in ((4.0, 5.0), (5.0, 4.0))]
    lm_train.require_same_course(turns, dropout=True)
    with pytest.raises(RuntimeError, match="not the same training"):
        lm_train.require_same_course(turns, dropout=False)
    with pytest.raises(RuntimeError, match="not the same training"):
        lm_train.require_same_course(turns[:1], dropout=True)


def test_tokens_a_second_are_compared_by_medians(lm_train: ModuleType) -> None:
    slow = lm_train.Turn((90.0, 1.0), (1.0, 1.0))
    turns = [slow] * lm_train.WARM + [
        lm_train.Turn((1.0, 2.0), (1.0, 1.0)),
        slow,
        lm_train.Turn((1.0, 2.0), (1.0, 1.0)),
    ] * 3
    assert lm_train.time_ratios(turns) == [0.5] * lm_train.RUNS
