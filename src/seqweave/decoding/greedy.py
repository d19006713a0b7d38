"""Greedy search: the most probable next token, always. Never looks back, and costs one step a token."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from seqweave.decoding.contract import Found, Frame, Search, StateT, Step, search
from seqweave.decoding.ranking import ranked
from seqweave.decoding.rollout import Rollout


@search("greedy")
class GreedySearch(Search):
    """Greedy search; of equally probable tokens that with the lowest index."""

    def run(self, step: Step[StateT], state: StateT, frame: Frame) -> Sequence[Found]:
        """Search all sentences at once."""
        return Rollout(self, 1, _most_probable).run(step, state, frame)


def _most_probable(allowed: Tensor, written: Tensor) -> Tensor:
    return ranked(allowed.flatten(0, 1), 1)[1].view(written.shape[:2])
