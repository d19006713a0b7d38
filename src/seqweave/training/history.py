"""What follows from the scores of all evaluations so far, oriented so that higher is better: pure functions."""

from __future__ import annotations

from collections.abc import Sequence


def waiting(history: Sequence[float]) -> int:
    """Evaluations since the first as good as the best; 0 before there is one."""
    return len(history) - 1 - history.index(max(history)) if history else 0


def non_monotone(history: Sequence[float], interval: int) -> bool:
    """Whether the last evaluation is worse than the best of those more than `interval` evaluations before it.

    Paper: Merity et al., 2018, arXiv:1708.02182, algorithm 1, as the authors' program has it, which takes the best of
    all but the last ones.
    """
    if len(history) <= interval + 1:
        return False
    return history[-1] < max(history[: -1 - interval])
