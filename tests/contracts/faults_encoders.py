"""One sound little encoder, and one way to break each law of encoders."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqweave.layers.contracts import Encoded, Encoder, zero_padding
from seqweave.layers.pooling import masked_mean

HIDDEN = 4


class SoundEncoder(Encoder):
    """Each state mixes its own vector with the row's mean; the faults override one step each."""

    def __init__(self, in_dim: int) -> None:
        super().__init__()
        self.out_dim = HIDDEN
        self.own, self.row = nn.Linear(in_dim, HIDDEN), nn.Linear(in_dim, HIDDEN)

    def mean(self, x: Tensor, mask: Tensor) -> Tensor:
        return masked_mean(x, mask)

    def mix(self, x: Tensor, mask: Tensor) -> Tensor:
        return torch.tanh(self.own(x) + self.row(self.mean(x, mask)).unsqueeze(1))

    def finish(self, states: Tensor, mask: Tensor) -> Encoded:
        states = zero_padding(states, mask)
        return Encoded(states, masked_mean(states, mask), mask)

    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        return self.finish(self.mix(x, mask), mask)


class ReadsPadding(SoundEncoder):
    """The row's mean counts padding."""

    def mean(self, x: Tensor, mask: Tensor) -> Tensor:
        return x.mean(dim=1)


class SummaryOfLastColumn(SoundEncoder):
    """The summary is the last column, padding or not."""

    def finish(self, states: Tensor, mask: Tensor) -> Encoded:
        states = zero_padding(states, mask)
        return Encoded(states, states[:, -1], mask)


class KnowsItsRow(SoundEncoder):
    """A row's place in the batch leaks into its states."""

    def mix(self, x: Tensor, mask: Tensor) -> Tensor:
        return super().mix(x, mask) + torch.arange(len(x), dtype=x.dtype)[:, None, None] / 100


class MeanOfBatch(SoundEncoder):
    """Rows see each other's mean, as with a batch norm left in training."""

    def mean(self, x: Tensor, mask: Tensor) -> Tensor:
        return super().mean(x, mask).mean(dim=0, keepdim=True)


class DeadParameter(SoundEncoder):
    """A weight that nothing reads."""

    def __init__(self, in_dim: int) -> None:
        super().__init__(in_dim)
        self.unused = nn.Parameter(torch.ones(2))


class Detached(SoundEncoder):
    """The states reach the input, the weights of the row's mean do not get a gradient."""

    def mix(self, x: Tensor, mask: Tensor) -> Tensor:
        return torch.tanh(self.own(x) + self.row(self.mean(x, mask)).detach().unsqueeze(1))


class SkipsFirst(SoundEncoder):
    """The first position of each row is not read."""

    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        return super().forward(torch.cat([torch.zeros_like(x[:, :1]), x[:, 1:]], dim=1), mask)


class Unsaved(SoundEncoder):
    """A random tensor that is no parameter: a loaded model differs."""

    def __init__(self, in_dim: int) -> None:
        super().__init__(in_dim)
        self.hidden_weights = torch.randn(HIDDEN)

    def mix(self, x: Tensor, mask: Tensor) -> Tensor:
        return super().mix(x, mask) * self.hidden_weights


class Squeezed(SoundEncoder):
    """An unguarded squeeze drops an axis of length 1."""

    def finish(self, states: Tensor, mask: Tensor) -> Encoded:
        encoded = super().finish(states, mask)
        return Encoded(encoded.states.squeeze(), encoded.summary, mask)


class Spread(SoundEncoder):
    """A deviation over one position is not a number."""

    def finish(self, states: Tensor, mask: Tensor) -> Encoded:
        scaled = states / (states.var(dim=1, keepdim=True, correction=0) / (states.shape[1] - 1))
        return super().finish(scaled, mask)


class WrongSize(SoundEncoder):
    """The size it tells is not the size it gives."""

    def __init__(self, in_dim: int) -> None:
        super().__init__(in_dim)
        self.out_dim = in_dim


class DirtyPadding(SoundEncoder):
    """States at padding are left as they fell out."""

    def finish(self, states: Tensor, mask: Tensor) -> Encoded:
        return Encoded(states, masked_mean(states, mask), mask)


class SinglePrecision(SoundEncoder):
    """Everything becomes float32 on the way."""

    def finish(self, states: Tensor, mask: Tensor) -> Encoded:
        return super().finish(states.float(), mask)


class AlwaysDrops(SoundEncoder):
    """Dropout that does not know of eval mode."""

    def mix(self, x: Tensor, mask: Tensor) -> Tensor:
        return torch.dropout(super().mix(x, mask), 0.5, train=True)


FAULTS: dict[str, tuple[type[Encoder], ...]] = {
    "padding_changes_nothing": (ReadsPadding, SummaryOfLastColumn),
    "row_order_changes_nothing": (KnowsItsRow,),
    "batch_equals_single_rows": (MeanOfBatch, ReadsPadding),
    "gradient_reaches_everything": (DeadParameter, Detached, SkipsFirst, ReadsPadding),
    "saved_equals_loaded": (Unsaved,),
    "smallest_batch_runs": (Squeezed, Spread),
    "out_dim_is_true": (WrongSize,),
    "padding_is_zero": (DirtyPadding,),
    "dtype_is_kept": (SinglePrecision,),
    "eval_is_deterministic": (AlwaysDrops,),
}
