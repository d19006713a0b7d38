"""Stacked, bidirectional recurrent networks that are exact under padding, at the speed of torch's own kernels.

One call of `nn.LSTM(bidirectional=True)` reads padding, and packing is slow. Instead each direction is its own call on
the padded batch: real positions come first, so the forward one never sees padding before them, and the backward one
runs forward over rows reversed within their own lengths.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from seqweave.core.errors import RecipeError
from seqweave.layers.contracts import Encoded, EncoderConfig, State, StatefulEncoder, lengths_of, zero_padding
from seqweave.layers.dropout import DropoutConfig, Rate


class RecurrentConfig(EncoderConfig):
    """Settings that all recurrent encoders share."""

    hidden: int = Field(200, ge=1)
    """Size of the state of each direction; states are twice as wide when bidirectional."""

    layers: int = Field(1, ge=1, le=64)
    """Number of layers, each reading the states of the one below."""

    top: int | None = Field(None, ge=1)
    """Size of the top layer's state of each direction, where it is not that of the layers below: tied vectors' size."""

    bidirectional: bool = True
    """Also read each row from its end, and concatenate the states."""

    dropout: DropoutConfig = DropoutConfig()
    """Dropout of each layer's states, those of the top layer included: a rate, or {kind: standard|locked, rate}."""

    weight_drop: Rate = 0.0
    """Probability, below 1, that a hidden-to-hidden weight (without any, one of the products) is dropped for a pass."""

    @model_validator(mode="after")
    def _top_above_others(self) -> Self:
        if self.top is not None and self.layers == 1:
            mend = f"write hidden: {self.top}, and delete top"
            raise ValueError(f"of one layer, `top` takes the place of `hidden`. How to mend: {mend}")
        return self

    def size(self, depth: int) -> int:
        """Size of the state of each direction of the layer of a depth, from 0."""
        return self.hidden if self.top is None or depth < self.layers - 1 else self.top


class Direction(nn.Module, ABC):
    """One layer read in one direction, from the first position on."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """States of every position. Shape (batch, time, in_dim) -> (batch, time, hidden)."""

    @abstractmethod
    def start(self, x: Tensor) -> State:
        """What is remembered before the first position: zeros. Shape (batch, time, in_dim) -> (batch, ...)."""

    @abstractmethod
    def run(self, x: Tensor, mask: Tensor, state: State) -> tuple[Tensor, State]:
        """States of every position, and what is remembered behind each row's last real one.

        Args:
            x: Shape (batch, time, in_dim).
            mask: True where a position is real. Shape (batch, time), bool.
            state: what is remembered before. Shapes (batch, ...).
        """


class OneWayLayer(nn.Module):
    """A layer that reads forward."""

    def __init__(self, forwards: Direction) -> None:
        super().__init__()
        self.forwards = forwards

    def forward(self, x: Tensor, order: Tensor) -> Tensor:  # noqa: ARG002  # one signature for both kinds of layer
        """States of every position. Shapes (batch, time, in_dim), (batch * time,) -> (batch, time, hidden)."""
        states: Tensor = self.forwards(x)
        return states

    def start(self, x: Tensor) -> State:
        """What is remembered before the first position. Shape (batch, time, in_dim) -> (batch, ...)."""
        return self.forwards.start(x)

    def run(self, x: Tensor, mask: Tensor, state: State) -> tuple[Tensor, State]:
        """States, and what is remembered. Shapes (batch, time, in_dim), (batch, time), (batch, ...)."""
        return self.forwards.run(x, mask, state)


class TwoWayLayer(nn.Module):
    """A layer that reads forward and backward; its states are the two concatenated."""

    def __init__(self, forwards: Direction, backwards: Direction) -> None:
        super().__init__()
        self.forwards, self.backwards = forwards, backwards

    def forward(self, x: Tensor, order: Tensor) -> Tensor:
        """States of every position. Shapes (batch, time, in_dim), (batch * time,) -> (batch, time, 2 * hidden)."""
        backwards = reverse(self.backwards(reverse(x, order)), order)
        return torch.cat([self.forwards(x), backwards], dim=-1)


class RecurrentEncoder(StatefulEncoder):
    """A stack of recurrent layers.

    The summary is the top layer's state at the end of each direction: the last real forward state and the first real
    backward one.

    Args of the constructor: `direction`, a fresh direction of the layer of a depth (from 0) over vectors of a size, its
    state of `config.size`; `in_dim`, size of the vectors; `config`, the rest; `dense`, whether each layer reads all
    that lie below it (Huang et al., 2017, arXiv:1608.06993) or only the next one.
    """

    def __init__(
        self, direction: Callable[[int, int], Direction], in_dim: int, config: RecurrentConfig, *, dense: bool = False
    ) -> None:
        super().__init__()
        self.directions = 2 if config.bidirectional else 1
        self.out_dim, self.dense = config.size(config.layers - 1) * self.directions, dense
        below = config.hidden * self.directions
        above = [in_dim + depth * below if dense else below for depth in range(1, config.layers)]
        self.layers = nn.ModuleList(
            TwoWayLayer(direction(depth, width), direction(depth, width))
            if config.bidirectional
            else OneWayLayer(direction(depth, width))
            for depth, width in enumerate([in_dim, *above])
        )
        self.dropout = config.dropout.build()

    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        """States of every position and a summary of every row.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real, real positions first. Shape (batch, time), bool.

        Returns:
            Encoded. states (batch, time, out_dim), zero at padding; summary (batch, out_dim).
        """
        order, found, states = reversal(mask), x, x
        for layer in self.layers:
            found = layer(x, order)
            states = self.dropout(found)
            x = self._handed_on(x, states)
        return self._encoded(found, states, mask)

    def run(self, x: Tensor, mask: Tensor, state: State | None) -> tuple[Encoded, State]:
        """States of a window's positions, and what is remembered behind its last ones.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real, real positions first. Shape (batch, time), bool.
            state: from the window before, layer after layer; None where the texts begin. Shapes (batch, ...).

        Returns:
            Encoded, as `forward` gives it; and the state behind each row's last real position.

        Raises:
            RecipeError: if it reads in both directions.
        """
        before, found, states = iter(state or ()), x, x
        after: State = ()
        for layer in self.layers:
            if not isinstance(layer, OneWayLayer):
                raise two_ways()
            start = layer.start(x) if state is None else tuple(next(before) for _ in layer.start(x[:0]))
            found, end = layer.run(x, mask, start)
            states, after = self.dropout(found), (*after, *end)
            x = self._handed_on(x, states)
        return self._encoded(found, states, mask), after

    def _handed_on(self, x: Tensor, states: Tensor) -> Tensor:
        """What the next layer reads."""
        return torch.cat([x, states], dim=-1) if self.dense else states

    def _encoded(self, found: Tensor, states: Tensor, mask: Tensor) -> Encoded:
        """The top layer's states, before dropout and behind it."""
        kept = zero_padding(states, mask)
        return Encoded(kept, ends(kept, mask, self.directions), mask, None if states is found else found)


def require_one_way(encoder: StatefulEncoder, setting: str) -> None:
    """See that an encoder can go on where it stopped.

    Args:
        encoder: fresh.
        setting: where a recipe chooses it, such as model.encoder.

    Raises:
        RecipeError: if it reads in both directions.
    """
    if encoder.directions > 1:
        raise two_ways(setting)


def two_ways(setting: str = "its settings") -> RecipeError:
    """The error for an encoder that is asked to go on where it stopped, and reads in both directions."""
    what = "an encoder that reads in both directions cannot go on where it stopped"
    return RecipeError("E-CARRY-01", what, mend=f"write `bidirectional: false` in {setting}")


def reversal(mask: Tensor) -> Tensor:
    """For each place of a flattened batch, the place to read so that each row's real positions run backwards.

    Its own inverse; padding stays where it is. Shape (batch, time) -> (batch * time,), long.
    """
    batch, time = mask.shape
    lengths = lengths_of(mask).unsqueeze(1)
    positions = torch.arange(time, device=mask.device)
    reversed_positions = torch.where(positions < lengths, lengths - 1 - positions, positions)  # (batch, time)
    starts = time * torch.arange(batch, device=mask.device).unsqueeze(1)
    return (reversed_positions + starts).flatten()


def reverse(x: Tensor, order: Tensor) -> Tensor:
    """Rows reversed within their lengths. Shapes (batch, time, dim), (batch * time,) -> (batch, time, dim)."""
    # index_select over flattened rows: its gradient is three times as fast as that of gather
    return x.flatten(0, 1).index_select(0, order).view_as(x)


def ends(states: Tensor, mask: Tensor, directions: int) -> Tensor:
    """Where each direction ended: the last real state of the forward half, the first of the backward half, if any.

    Args:
        states: one vector a position. Shape (batch, time, directions * hidden).
        mask: True where a position is real. Shape (batch, time), bool.
        directions: 1 or 2.

    Returns:
        Shape (batch, directions * hidden).
    """
    forwards, *backwards = states.chunk(directions, dim=-1)
    last = (lengths_of(mask) - 1).clamp(min=0)
    rows = torch.arange(len(last), device=last.device)
    return torch.cat([forwards[rows, last], *(half[:, 0] for half in backwards)], dim=-1)
