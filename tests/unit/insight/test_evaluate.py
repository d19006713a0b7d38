from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqweave.data.examples import TextExample
from seqweave.insight.evaluate import evaluate, without
from seqweave.tasks.classification import ClassificationData
from seqweave.tasks.label_codec import LabelAnswer

TASK = ClassificationData(train="train.tsv").build()
# gold, answer: right in rows 0, 1 and 4
PAIRS = [("a", "a"), ("b", "b"), ("a", "b"), ("b", "a"), ("a", "a")]
GOLDS = [TextExample("t", ("t",), (0,), (1,), (gold,)) for gold, _ in PAIRS]
ANSWERS = [LabelAnswer((label,), {label: 0.75, "c": 0.25}) for _, label in PAIRS]


def test_scores_are_the_tasks() -> None:
    found = evaluate(TASK, "classification", "dev", GOLDS, ANSWERS)
    assert found.scores["accuracy"].value == pytest.approx(60.0)
    assert [mistake.row for mistake in found.details.mistakes] == [2, 3]
    written = found.to_json(resamples=200)
    assert written["examples"] == len(GOLDS)
    accuracy = written["scores"]["accuracy"]
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert "unseen" not in written


@pytest.mark.parametrize(
    ("seen", "expected"), [([], 60.0), ([2, 3], 100.0), ([0, 1, 4], 0.0), ([0], 50.0), ([0, 1, 2, 3, 4], 0.0)]
)
def test_unseen_scores_leave_the_seen_rows_out(seen: list[int], expected: float) -> None:
    scores = without(TASK, GOLDS, ANSWERS, np.array(seen, np.int64))
    assert scores["accuracy"].value == pytest.approx(expected)
    assert len(scores["accuracy"].counts) == len(GOLDS) - len(seen)


def test_what_is_seen_is_told_beside() -> None:
    found = evaluate(TASK, "classification", "dev", GOLDS, ANSWERS)
    unseen = without(TASK, GOLDS, ANSWERS, np.array([2, 3]))
    baseline = {"constant": TASK.score(GOLDS, [LabelAnswer(("a",), {"a": 1.0})] * len(GOLDS))}
    written = replace(found, unseen=unseen, seen=2, baselines=baseline).to_json(resamples=50)
    assert written["unseen"]["examples"] == len(GOLDS) - 2
    assert written["unseen"]["scores"]["accuracy"] == {"value": 100.0}
    # three of five are "a"
    assert written["baselines"]["constant"]["accuracy"] == {"value": 60.0}
