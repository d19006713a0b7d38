"""One sound little encoder that carries its state, and the ways to break the law of carrying."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqweave.layers.contracts import Encoded, State, StatefulEncoder, lengths_of, zero_padding

HIDDEN = 4


class SoundStateful(StatefulEncoder):
    """A decaying sum of projected positions; the faults override one step each."""

    def __init__(self, in_dim: int) -> None:
        super().__init__()
        self.out_dim, self.directions = HIDDEN, 1
        self.project = nn.Linear(in_dim, HIDDEN)

    def start(self, x: Tensor, state: State | None) -> Tensor:
        return x.new_zeros(len(x), HIDDEN) if state is None else state[0]

    def after(self, states: Tensor, mask: Tensor) -> Tensor:
        return states[torch.arange(len(states)), lengths_of(mask) - 1]

    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        return self.run(x, mask, None)[0]

    def run(self, x: Tensor, mask: Tensor, state: State | None) -> tuple[Encoded, State]:
        steps, before = [], self.start(x, state)
        for position in self.project(x).unbind(1):
            before = 0.5 * before + position
            steps.append(before)
        states = torch.stack(steps, dim=1)
        after = self.after(states, mask)
        return Encoded(zero_padding(states, mask), after, mask), (after,)


class Forgets(SoundStateful):
    """Each window begins anew."""

    def start(self, x: Tensor, state: State | None) -> Tensor:
        return super().start(x, None)


class RemembersPadding(SoundStateful):
    """The state is that of the last column, padding or not."""

    def after(self, states: Tensor, mask: Tensor) -> Tensor:
        return states[:, -1]


class OneTooEarly(SoundStateful):
    """The state is that before the last real position."""

    def after(self, states: Tensor, mask: Tensor) -> Tensor:
        return states[torch.arange(len(states)), (lengths_of(mask) - 2).clamp(min=0)]


class MixesRows(SoundStateful):
    """A row goes on from another row's state."""

    def start(self, x: Tensor, state: State | None) -> Tensor:
        return super().start(x, state).roll(1, dims=0)


class Detaches(SoundStateful):
    """No gradient flows from a window into the one before."""

    def start(self, x: Tensor, state: State | None) -> Tensor:
        return super().start(x, state).detach()


FAULTS: dict[str, tuple[type[StatefulEncoder], ...]] = {
    "windows_equal_the_whole": (Forgets, OneTooEarly, MixesRows),
    "padding_changes_no_state": (RemembersPadding,),
    "gradient_flows_through_windows": (Detaches, Forgets),
}
