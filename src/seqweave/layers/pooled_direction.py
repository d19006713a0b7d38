"""One direction of a layer whose only recurrence is elementwise: products of all positions at once, then a pooling.

The equations of the pooling stand in layers/scan/forms.py; parts/encoders/ says which papers' layers these are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seqweave.layers.contracts import State, lengths_of
from seqweave.layers.dropout import weight_drop
from seqweave.layers.linear import Linear, multiply
from seqweave.layers.recurrent import Direction
from seqweave.layers.scan.choice import Scanning, pool
from seqweave.layers.scan.forms import Form, Inputs

SKIP_SCALE = 3**0.5
"""What a highway's input is multiplied by, so that states begin with its variance (Lei et al., 2018, section 3.2)."""
PEEPHOLE_BOUND = 1.5**0.5
"""Peepholes begin uniformly within it, with a variance of 1/2: as much as the products add to a gate."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """What a layer does besides its form.

    Args:
        form: the pooling; a highway is "chunk" where input and state differ in size, and "given" where they do not.
        window: how many positions, the own one and those before it, each product sees.
        peephole: do the gates see the state before?
        zoneout: probability that an entry of a state is kept as it was.
        weight_drop: probability that a weight of the products is dropped for a whole forward pass.
    """

    form: Form
    window: int = 1
    peephole: bool = False
    zoneout: float = 0.0
    weight_drop: float = 0.0


class PooledDirection(Direction, Scanning):
    """A convolution over the last `window` positions, and the pooling of what it gives."""

    def __init__(self, in_dim: int, hidden: int, settings: Pooled) -> None:
        super().__init__()
        self.in_dim, self.hidden, self.settings = in_dim, hidden, settings
        self.products = Linear(settings.window * in_dim, settings.form.count * hidden)
        self.peephole = nn.Parameter(torch.empty(2, hidden)) if settings.peephole else None
        for gate in self.products.weight.chunk(settings.form.count):
            nn.init.xavier_uniform_(gate)
        nn.init.zeros_(self.products.bias)
        if self.peephole is not None:
            nn.init.uniform_(self.peephole, -PEEPHOLE_BOUND, PEEPHOLE_BOUND)

    def forward(self, x: Tensor) -> Tensor:
        """States of every position. Shape (batch, time, in_dim) -> (batch, time, hidden)."""
        return self._read(x, self.start(x))[0]

    def start(self, x: Tensor) -> State:
        """Zeros: the pooled state, and the window's positions before. Shape (batch, time, in_dim) -> (batch, ...)."""
        state = x.new_zeros(len(x), self.hidden)
        reach = self.settings.window - 1
        return (state, x.new_zeros(len(x), reach, self.in_dim)) if reach else (state,)

    def run(self, x: Tensor, mask: Tensor, state: State) -> tuple[Tensor, State]:
        """States of every position, and what is remembered behind each row's last real one.

        Args:
            x: Shape (batch, time, in_dim).
            mask: True where a position is real. Shape (batch, time), bool.
            state: what is remembered before. Shapes (batch, hidden), (batch, window - 1, in_dim).
        """
        outputs, states = self._read(x, state)
        rows, lengths = torch.arange(len(x), device=x.device), lengths_of(mask)
        after = states[rows, lengths - 1]
        if len(state) == 1:
            return outputs, (after,)
        # position t stands at t + window - 1 behind what was carried: a row's last ones begin at its length
        seen = torch.cat([state[1], x], dim=1)
        last = lengths.unsqueeze(1) + torch.arange(self.settings.window - 1, device=x.device)
        return outputs, (after, seen[rows.unsqueeze(1), last])

    def _read(self, x: Tensor, state: State) -> tuple[Tensor, Tensor]:
        """Outputs and pooled states. Shapes (batch, time, hidden) twice."""
        window = self._window(x, state)
        weight = weight_drop(self.products.weight, self.settings.weight_drop, training=self.training)
        products = multiply(window, weight, self.products.bias, self.products.product)
        skip = x * SKIP_SCALE if self.settings.form.highway == "given" else None
        return pool(self.settings.form, Inputs(products, state[0], self.peephole, self._kept(x), skip))

    def _window(self, x: Tensor, state: State) -> Tensor:
        """Each position behind those before it, the oldest first. Shape (batch, time, window * in_dim)."""
        if len(state) == 1:
            return x
        seen, time = torch.cat([state[1], x], dim=1), x.shape[1]
        return torch.cat([seen[:, first : first + time] for first in range(self.settings.window)], dim=-1)

    def _kept(self, x: Tensor) -> Tensor | None:
        """What of each new state comes through: drawn while training, else its mean. Shape (batch, time, hidden)."""
        rate = self.settings.zoneout
        if not rate:
            return None
        if not self.training:
            return x.new_full((*x.shape[:2], self.hidden), 1 - rate)
        return torch.rand(*x.shape[:2], self.hidden, device=x.device).ge_(rate).to(x.dtype)
