"""Whether probabilities mean what they say: reliability diagram, expected calibration error and log-loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqweave.metrics.labels import check_pairs
from seqweave.metrics.measure import Measure, ratio

BINS = 15
SMALLEST_PROBABILITY = 1e-15
"""Stands for a probability of 0, whose logarithm would make one example outweigh all others."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about equal confidence, for a reliability diagram.

    Args:
        low: the bin holds confidences above this, 0 to 1 (the first one holds 0 itself too).
        high: and up to this, 0 to 1.
        answers: how many it holds, at least 1.
        confidence: their mean confidence, percent.
        right: share of them that are right, percent.
    """

    low: float
    high: float
    answers: int
    confidence: float
    right: float


def reliability(confidences: np.ndarray, right: np.ndarray, bins: int = BINS) -> list[Bin]:
    """The bins of the calibration error that hold anything, from low to high.

    Args:
        confidences: probability of each answer, 0 to 1. Shape (answers,).
        right: is the answer right? Shape (answers,), bool.
        bins: number of bins, at least 1.
    """
    check_pairs(confidences, right)
    of = _bin_of(confidences, bins)
    found = []
    for i in np.unique(of).tolist():
        here = of == i
        shares = (100.0 * float(values[here].mean()) for values in (confidences, right))
        found.append(Bin(i / bins, (i + 1) / bins, int(here.sum()), *shares))
    return found


def calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = BINS) -> Measure:
    """Expected calibration error of the top label, in percent; lower is better.

    Examples fall into equally wide bins ((b - 1) / bins, b / bins]; the error is the mean over examples of how far
    their bin's mean confidence is from its share of right answers.

        error = sum over bins b of n_b / n * |confidence_b - right_b|

    Paper: Guo et al., 2017, arXiv:1706.04599, eq. 3.

    Args:
        confidences: probability of each answered label, 0 to 1. Shape (examples,).
        right: is the answer right? Shape (examples,), bool.
        bins: number of bins, at least 1.
    """
    check_pairs(confidences, right)
    examples = np.arange(len(confidences))
    bin_of = _bin_of(confidences, bins)
    counts = np.zeros((len(examples), bins, 2))
    counts[examples, bin_of, 0] = np.asarray(confidences, np.float64) - np.asarray(right, np.float64)
    counts[examples, bin_of, 1] = 1.0
    return Measure(counts.reshape(len(examples), 2 * bins), _calibration_error, higher_is_better=False)


def log_loss(gold_probabilities: np.ndarray) -> Measure:
    """Mean negative logarithm of the gold label's probability, in nats (not percent); lower is better.

    Args:
        gold_probabilities: probability given to each gold label, 0 to 1. Shape (examples,).
    """
    losses = -np.log(np.maximum(np.asarray(gold_probabilities, np.float64), SMALLEST_PROBABILITY))
    return Measure(np.column_stack([losses, np.ones(len(losses))]), _mean, higher_is_better=False)


def _bin_of(confidences: np.ndarray, bins: int) -> np.ndarray:
    return np.asarray(np.clip(np.ceil(confidences * bins) - 1, 0, bins - 1), np.int64)


def _calibration_error(sums: np.ndarray) -> np.ndarray:
    by_bin = sums.reshape(*sums.shape[:-1], sums.shape[-1] // 2, 2)
    gaps, examples = by_bin[..., 0], by_bin[..., 1]
    return ratio(np.abs(gaps).sum(axis=-1), examples.sum(axis=-1))


def _mean(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., 0], sums[..., 1]) / 100.0
