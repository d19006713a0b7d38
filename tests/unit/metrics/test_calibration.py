"""Calibration error against torchmetrics, log-loss against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss as sklearn_log_loss
from torchmetrics.functional.classification import multiclass_calibration_error

from seqweave.metrics.calibration import calibration_error, log_loss, reliability

CLASSES = 4


def answers(seed: int, examples: int = 500) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    scores = 3 * draw.normal(size=(examples, CLASSES))
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    top = probabilities.argmax(axis=1)
    # right in every other fifteenth of the confidences: neighbouring bins must not be taken together
    right = (15 * probabilities.max(axis=1)).astype(int) % 2 == 0
    return probabilities, np.where(right, top, (top + 1) % CLASSES)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bins", [1, 7, 15])
def test_the_error_is_that_of_torchmetrics(seed: int, bins: int) -> None:
    probabilities, golds = answers(seed)
    measure = calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == golds, bins)
    theirs = multiclass_calibration_error(
        torch.tensor(probabilities), torch.tensor(golds), num_classes=CLASSES, n_bins=bins, norm="l1"
    )
    assert measure.value == pytest.approx(100 * float(theirs), abs=1e-4)
    assert not measure.higher_is_better


def test_certain_and_impossible_answers_have_their_bins() -> None:
    assert calibration_error(np.array([1.0, 1.0, 0.0]), np.array([True, True, False])).value == 0.0
    assert calibration_error(np.array([1.0, 0.0]), np.array([False, True])).value == 100.0
    assert calibration_error(np.zeros(0), np.zeros(0, bool)).value == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_the_gaps_of_the_reliability_diagram_make_up_the_error(seed: int) -> None:
    probabilities, golds = answers(seed)
    confidences, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == golds
    bins = reliability(confidences, right)
    assert sum(b.answers for b in bins) == len(golds)
    error = sum(b.answers * abs(b.confidence - b.right) for b in bins) / len(golds)
    assert error == pytest.approx(calibration_error(confidences, right).value)
    assert all(100 * b.low < b.confidence <= 100 * b.high for b in bins)


def test_a_reliability_bin_is_what_a_loop_counts() -> None:
    (low, high) = reliability(np.array([0.2, 0.9, 1.0, 0.0]), np.array([False, True, False, True]), bins=2)
    assert (low.low, low.high, low.answers, low.confidence, low.right) == (0.0, 0.5, 2, pytest.approx(10.0), 50.0)
    assert (high.low, high.high, high.answers, high.confidence, high.right) == (0.5, 1.0, 2, pytest.approx(95.0), 50.0)
    assert reliability(np.zeros(0), np.zeros(0, bool)) == []


def test_log_loss_is_that_of_scikit_learn() -> None:
    probabilities, golds = answers(1)
    gold = probabilities[np.arange(len(golds)), golds]
    assert log_loss(gold).value == pytest.approx(sklearn_log_loss(golds, probabilities, labels=range(CLASSES)))
    assert np.isfinite(log_loss(np.array([0.0])).value)
