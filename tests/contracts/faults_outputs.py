"""One sound little output, and one way to break each law of outputs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqweave.layers.contracts import Loss
from seqweave.layers.generation import CopyMemory, Decoded, Output


class SoundOutput(Output):
    """Half generated, half copied, written the slow way; the faults override one step each."""

    def __init__(self, dim: int, tokens: int) -> None:
        super().__init__()
        self.words = nn.Linear(dim, tokens)

    def generated(self, decoded: Decoded) -> Tensor:
        return self.words(decoded.states).softmax(dim=2)

    def copied(self, decoded: Decoded, memory: CopyMemory) -> Tensor:
        ids = torch.arange(self.words.out_features + memory.extension)
        return decoded.attention @ (memory.source.unsqueeze(2) == ids).to(decoded.attention.dtype)

    def forward(self, decoded: Decoded, memory: CopyMemory) -> Tensor:
        generated = nn.functional.pad(self.generated(decoded), (0, memory.extension))
        return (generated / 2 + self.copied(decoded, memory) / 2).clamp(min=1e-300).log()

    def losses(self, decoded: Decoded, memory: CopyMemory, targets: Tensor) -> Tensor:
        return -self(decoded, memory).gather(2, targets.unsqueeze(2)).squeeze(2)

    def real(self, targets: Tensor) -> Tensor:
        return targets != 0

    def loss(self, decoded: Decoded, memory: CopyMemory, targets: Tensor) -> Loss:
        real = self.real(targets)
        return Loss(self.losses(decoded, memory, targets)[real].sum(), real.sum())


class TooMuch(SoundOutput):
    """Both parts are counted in full."""

    def forward(self, decoded: Decoded, memory: CopyMemory) -> Tensor:
        return super().forward(decoded, memory) + 0.1


class NoExtension(SoundOutput):
    """What is copied beyond the vocabulary is lost."""

    def copied(self, decoded: Decoded, memory: CopyMemory) -> Tensor:
        lost = torch.arange(self.words.out_features + memory.extension) < self.words.out_features
        return super().copied(decoded, memory) * lost + 1e-9


class CountsPadding(SoundOutput):
    """Padding is a target."""

    def real(self, targets: Tensor) -> Tensor:
        return torch.ones_like(targets, dtype=torch.bool)


class OtherLoss(SoundOutput):
    """The loss is not that of the probabilities."""

    def losses(self, decoded: Decoded, memory: CopyMemory, targets: Tensor) -> Tensor:
        return super().losses(decoded, memory, targets) * 1.01


class HalfTaught(SoundOutput):
    """The loss is right, and half of its gradient is lost."""

    def losses(self, decoded: Decoded, memory: CopyMemory, targets: Tensor) -> Tensor:
        losses = super().losses(decoded, memory, targets)
        return (losses + losses.detach()) / 2


class Mean(SoundOutput):
    """A mean is no sum."""

    def loss(self, decoded: Decoded, memory: CopyMemory, targets: Tensor) -> Loss:
        loss = super().loss(decoded, memory, targets)
        return Loss(loss.mean, loss.count)


class MeanOfTime(SoundOutput):
    """Positions see each other."""

    def generated(self, decoded: Decoded) -> Tensor:
        return super().generated(decoded).mean(dim=1, keepdim=True).expand(*decoded.states.shape[:2], -1)


class DeadParameter(SoundOutput):
    """A weight that nothing reads."""

    def __init__(self, dim: int, tokens: int) -> None:
        super().__init__(dim, tokens)
        self.unused = nn.Parameter(torch.ones(2))


FAULTS: dict[str, tuple[type[Output], ...]] = {
    "rows_add_up_to_one": (TooMuch, NoExtension),
    "loss_is_the_cross_entropy": (OtherLoss, Mean, CountsPadding),
    "gradients_are_those_of_the_slow_way": (HalfTaught, OtherLoss),
    "loss_is_a_sum_over_sentences": (Mean, CountsPadding),
    "positions_stand_alone": (MeanOfTime,),
    "gradient_reaches_everything": (DeadParameter,),
}
