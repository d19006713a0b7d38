"""Scores of neighbouring labels in a sequence: what may follow what, and how gladly."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

FORBIDDEN = -1e6
"""Score of a forbidden step: far below what sentences add up to, yet finite, so that where no path is allowed at all
the one with the fewest violations is found instead of a NaN."""


@dataclass(frozen=True, slots=True)
class Transitions:
    """Scores that a chain of labels earns besides those of its positions.

    Args:
        between: score of label j right after label i, in row i and column j. Shape (labels, labels), float.
        starts: score of beginning with each label. Shape (labels,), float.
        ends: score of ending with each label. Shape (labels,), float.
    """

    between: Tensor
    starts: Tensor
    ends: Tensor

    @staticmethod
    def forbidding(allowed: Tensor, starts: Tensor, ends: Tensor) -> Transitions:
        """0 where a step is allowed, `FORBIDDEN` elsewhere; shapes as above, bool."""
        return Transitions(*((~free).float() * FORBIDDEN for free in (allowed, starts, ends)))

    def __add__(self, other: Transitions) -> Transitions:
        return Transitions(self.between + other.between, self.starts + other.starts, self.ends + other.ends)
