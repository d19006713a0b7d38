"""What a tag scheme forbids, as scores that a search adds; tensors that move with a model and are not saved with it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqweave.data.sizes import LabelSpace
from seqweave.decoding.transitions import Transitions


class Constraints(nn.Module):
    """The forbidden steps of a label space; they follow from the labels, so a saved model need not hold them."""

    between: Tensor
    starts: Tensor
    ends: Tensor

    def __init__(self, labels: LabelSpace) -> None:
        super().__init__()
        rules = (labels.allowed, labels.starts, labels.ends)
        self.free = all(bool(rule.all()) for rule in rules)
        penalties = Transitions.forbidding(*(torch.as_tensor(rule, dtype=torch.bool) for rule in rules))
        self.register_buffer("between", penalties.between, persistent=False)
        self.register_buffer("starts", penalties.starts, persistent=False)
        self.register_buffer("ends", penalties.ends, persistent=False)

    def forward(self) -> Transitions:
        """0 where a step is allowed, far below 0 elsewhere. Shapes (labels, labels), (labels,), (labels,)."""
        return Transitions(self.between, self.starts, self.ends)

    def extra_repr(self) -> str:
        """How many pairs of labels are forbidden."""
        return f"forbidden={int((self.between < 0).sum())} of {self.between.numel()}"
