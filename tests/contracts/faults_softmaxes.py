"""One sound little output layer over a vocabulary, and one way to break each law of such layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqweave.layers.words import WordSoftmax


class SoundSoftmax(WordSoftmax):
    """Written the slow way; the faults override one step each."""

    def __init__(self, in_dim: int, tokens: int) -> None:
        super().__init__()
        self.tokens = tokens
        self.words = nn.Linear(in_dim, tokens)

    def log_probabilities(self, states: Tensor) -> Tensor:
        return self.words(states).log_softmax(dim=-1)

    def losses(self, states: Tensor, targets: Tensor) -> Tensor:
        return self.log_probabilities(states).gather(1, targets.unsqueeze(1)).squeeze(1)

    def loss(self, states: Tensor, targets: Tensor, smoothing: float = 0.0, pointed: Tensor | None = None) -> Tensor:
        gold = self.losses(states, targets)
        if pointed is not None:
            gold = torch.logaddexp(pointed[:, 0] + gold, pointed[:, 1])
        return -gold.sum()


class TooMuch(SoundSoftmax):
    """Probabilities add up to more than one."""

    def log_probabilities(self, states: Tensor) -> Tensor:
        return super().log_probabilities(states) + 0.1


class OtherLoss(SoundSoftmax):
    """The loss is not that of the probabilities."""

    def losses(self, states: Tensor, targets: Tensor) -> Tensor:
        return super().losses(states, targets) * 1.01


class NoPointer(SoundSoftmax):
    """What a pointer gives is lost."""

    def loss(self, states: Tensor, targets: Tensor, smoothing: float = 0.0, pointed: Tensor | None = None) -> Tensor:
        return super().loss(states, targets, smoothing, None)


class HalfTaught(SoundSoftmax):
    """The loss is right, and half of its gradient is lost."""

    def losses(self, states: Tensor, targets: Tensor) -> Tensor:
        losses = super().losses(states, targets)
        return (losses + losses.detach()) / 2


class Mean(SoundSoftmax):
    """A mean is no sum."""

    def losses(self, states: Tensor, targets: Tensor) -> Tensor:
        return super().losses(states, targets) / max(len(targets), 1)


class DeadParameter(SoundSoftmax):
    """A weight that nothing reads."""

    def __init__(self, in_dim: int, tokens: int) -> None:
        super().__init__(in_dim, tokens)
        self.unused = nn.Parameter(torch.ones(2))


FAULTS: dict[str, tuple[type[WordSoftmax], ...]] = {
    "probabilities_add_up_to_one": (TooMuch,),
    "loss_is_that_of_the_probabilities": (OtherLoss, Mean, NoPointer),
    "gradients_are_those_of_the_slow_way": (HalfTaught, OtherLoss),
    "loss_is_a_sum_over_positions": (Mean,),
    "gradient_reaches_everything": (DeadParameter,),
}
