"""Recurrent layers that read a whole sequence or one token more, with the same weights.

A whole sequence goes through torch's fused kernels. One token does not: `nn.LSTM` packs its weights anew at each call,
which at one step a call takes 5 to 11 times as long as the step itself. So a step is written out here: of a search,
over weights that are laid once (layers/repeated.py); of a pass that must go step by step, so too (layers/steps.py),
with what it needs of the inputs alone computed for all tokens at once.

Paper: Hochreiter and Schmidhuber, 1997, Neural Computation 9(8); Cho et al., 2014, arXiv:1406.1078, with the reset gate
after the product, as in torch. The equations stand in parts/encoders/lstm.py and gru.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from pydantic import Field
from torch import _VF, Tensor, nn

from seqweave.layers.dropout import DropoutConfig, Rate, weight_drop
from seqweave.layers.generation import DecoderConfig
from seqweave.layers.linear import Linear
from seqweave.layers.repeated import repeated
from seqweave.layers.steps import Steps, layer_steps

Kind = Literal["lstm", "gru"]
CellState = tuple[Tensor, ...]
"""What a layer remembers of a hypothesis: an LSTM (h, c), a GRU (h,). Each of shape (sentences, beam, hidden)."""

KERNELS: dict[str, Callable[..., Any]] = {"lstm": _VF.lstm, "gru": _VF.gru}
GATES = {"lstm": 4, "gru": 3}
PARTS = {"lstm": 2, "gru": 1}


class RecurrentDecoderConfig(DecoderConfig):
    """Settings that all recurrent decoders share."""

    cell: Kind = "lstm"
    """The recurrent layers: lstm, or gru, which has a quarter fewer weights and on CPUs is slower."""

    hidden: int = Field(512, ge=1)
    """Size of each layer's state."""

    layers: int = Field(1, ge=1, le=64)
    """Number of layers, each reading the states of the one below."""

    dropout: DropoutConfig = DropoutConfig()
    """Dropout of each layer's states, those of the top layer included: a rate, or {kind: standard|locked, rate}."""

    weight_drop: Rate = 0.0
    """Probability that a hidden-to-hidden connection is dropped for a whole forward pass, from 0 to below 1."""


class Cell(nn.Module):
    """One recurrent layer."""

    def __init__(self, kind: Kind, in_dim: int, hidden: int, weight_drop_rate: float) -> None:
        super().__init__()
        self.kind, self.weight_drop_rate = kind, weight_drop_rate
        self.inputs = Linear(in_dim, GATES[kind] * hidden)
        self.recurrent = Linear(hidden, GATES[kind] * hidden)
        _initialise(self)

    def forward(self, x: Tensor, state: CellState) -> Tensor:
        """States of every position, by the fused kernel.

        Args:
            x: inputs. Shape (sentences, time, in_dim).
            state: before the first. Shapes (sentences, 1, hidden).

        Returns:
            Shape (sentences, time, hidden).
        """
        starts = tuple(part.transpose(0, 1).contiguous() for part in state)  # (1, sentences, hidden)
        weights = [self.inputs.weight, self.recurring(), self.inputs.bias, self.recurrent.bias]
        keep = torch.is_grad_enabled()  # the kernel keeps what the gradient needs, in eval() mode, too
        start = starts if len(starts) > 1 else starts[0]
        states: Tensor = KERNELS[self.kind](x, start, weights, True, 1, 0.0, keep, False, True)[0]
        return states

    def recurring(self) -> Tensor:
        """The hidden-to-hidden weights of one pass. Shape (gates * hidden, hidden)."""
        return weight_drop(self.recurrent.weight, self.weight_drop_rate, training=self.training)

    def begin(self, *beside: Linear) -> CellPass:
        """A pass that goes step by step; layers beside read what is fed, and add to the gates, too."""
        inputs, recurring = layer_steps(self.inputs), self.recurring()
        if self.kind == "lstm":
            return CellPass(inputs, layer_steps(self.recurrent, *beside, weight=recurring), None)
        feed = layer_steps(*beside) if beside else None
        return CellPass(inputs, layer_steps(self.recurrent, weight=recurring), feed)

    def taught(self, gates: Tensor, state: CellState, shared: CellPass, *fed: Tensor) -> CellState:
        """The state after one token more of a pass.

        Args:
            gates: what the inputs add to the gates, `inputs` of them. Shape (sentences, beam, gates * hidden).
            state: before the token. Shapes (sentences, beam, hidden).
            shared: of this pass, from `begin`.
            fed: what the layers beside read. Shape (sentences, beam, their in_dim).

        Returns:
            Shapes as `state`.
        """
        if self.kind == "lstm":
            both = torch.cat([state[0], *fed], dim=2) if fed else state[0]
            return _lstm(gates + shared.recurrent(both), state[1])
        gates = gates if shared.feed is None else gates + shared.feed(torch.cat(fed, dim=2))
        return _gru(gates, shared.recurrent(state[0]), state[0])

    def step(self, x: Tensor, state: CellState, *beside: Linear) -> CellState:
        """The state after one token more of a search.

        Args:
            x: what is read. Shape (sentences, beam, in_dim, and that of the layers beside).
            state: before the token. Shapes (sentences, beam, hidden).
            beside: layers that read the rest of x and add to the gates, too.

        Returns:
            Shapes as `state`.
        """
        if self.kind == "lstm":
            both = torch.cat([x, state[0]], dim=2)
            return _lstm(repeated(both, self.inputs, *beside, self.recurrent), state[1])
        return _gru(repeated(x, self.inputs, *beside), repeated(state[0], self.recurrent), state[0])


@dataclass(frozen=True, slots=True)
class CellPass:
    """What all steps of a pass share of one layer.

    Args:
        inputs: the product by the weights of its inputs.
        recurrent: the product by the hidden-to-hidden weights, as dropout left them; an LSTM's, by those of what is
            fed, too.
        feed: a GRU's product by the weights of what is fed.
    """

    inputs: Steps
    recurrent: Steps
    feed: Steps | None


@dataclass(frozen=True, slots=True)
class Pass:
    """What all steps of a pass share that must go step by step.

    Args:
        cells: of each layer.
        masks: what each layer's states are multiplied by at each position; none outside of training. Shapes
            (time, sentences, 1, hidden).
    """

    cells: tuple[CellPass, ...]
    masks: tuple[Tensor, ...]


class CellStack(nn.Module):
    """Recurrent layers over each other, with dropout after each.

    Args of the constructor: `in_dim`, size of the inputs of the first layer; `layers`, how many; `config`, the rest.
    """

    def __init__(self, in_dim: int, layers: int, config: RecurrentDecoderConfig) -> None:
        super().__init__()
        widths = [in_dim] + [config.hidden] * (layers - 1)
        self.cells = nn.ModuleList(Cell(config.cell, width, config.hidden, config.weight_drop) for width in widths)
        self.dropout = config.dropout.build()
        self.hidden, self.gate_dim = config.hidden, GATES[config.cell] * config.hidden

    def forward(self, x: Tensor, states: Sequence[CellState]) -> Tensor:
        """States of the top layer. Shape (sentences, time, in_dim) -> (sentences, time, hidden)."""
        for cell, state in zip(self._cells(), states, strict=True):
            x = self.dropout(cell(x, state))
        return x

    def gates(self, x: Tensor) -> Tensor:
        """What inputs add to the gates of the first layer. Shape (..., in_dim) -> (..., gates * hidden)."""
        gates: Tensor = self._cells()[0].inputs(x)
        return gates

    def begin(self, x: Tensor, *beside: Linear) -> Pass:
        """A pass step by step over inputs of shape (sentences, time, in_dim), and what layers beside the first read."""
        first, *above = self._cells()
        cells = (first.begin(*beside), *(cell.begin() for cell in above))
        if not self.training:
            return Pass(cells, ())
        kept = [self.dropout(x.new_ones(*x.shape[:2], self.hidden)) for _ in self.cells]
        return Pass(cells, tuple(mask.transpose(0, 1).unsqueeze(2) for mask in kept))

    def step(self, x: Tensor, states: Sequence[CellState], *beside: Linear) -> tuple[Tensor, tuple[CellState, ...]]:
        """The top layer's states after one token more of a search, and those of all layers.

        Args:
            x: what is read. Shape (sentences, beam, in_dim, and that of the layers beside).
            states: of each layer, before the token. Shapes (sentences, beam, hidden).
            beside: layers that read the rest of x and add to the gates of the first layer, too.

        Returns:
            Shape (sentences, beam, hidden), and the states.
        """
        cells = self._cells()
        if self.training:
            return self.taught(repeated(x, cells[0].inputs, *beside), states, self.begin(x[:, :1]))
        after = [cells[0].step(x, states[0], *beside)]
        for cell, state in zip(cells[1:], states[1:], strict=True):
            after.append(cell.step(after[-1][0], state))
        return after[-1][0], tuple(after)

    def taught(
        self, gates: Tensor, states: Sequence[CellState], shared: Pass, position: int = 0, *fed: Tensor
    ) -> tuple[Tensor, tuple[CellState, ...]]:
        """All layers' states, and those of the top one, after one token more of a pass; perhaps of the first sentences.

        Args:
            gates: of the first layer, from `gates`. Shape (sentences, beam, gates * hidden).
            states: of each layer, before the token. Shapes (sentences, beam, hidden).
            shared: of this pass, from `begin`.
            position: of the token in it.
            fed: what the layers beside the first read. Shape (sentences, beam, their in_dim).

        Returns:
            Shape (sentences, beam, hidden), and the states.
        """
        after, x = list[CellState](), gates
        for depth, (cell, state, one) in enumerate(zip(self._cells(), states, shared.cells, strict=True)):
            after.append(cell.taught(gates, state, one, *fed) if depth == 0 else cell.taught(one.inputs(x), state, one))
            x = after[-1][0] * shared.masks[depth][position, : len(gates)] if shared.masks else after[-1][0]
        return x, tuple(after)

    def _cells(self) -> list[Cell]:
        return [cell for cell in self.cells if isinstance(cell, Cell)]


class Bridge(nn.Module):
    """The first states of a decoder's layers: a learned tanh projection of the memory's summary."""

    def __init__(self, memory_dim: int, config: RecurrentDecoderConfig) -> None:
        super().__init__()
        self.parts, self.layers = PARTS[config.cell], config.layers
        self.project = Linear(memory_dim, self.layers * self.parts * config.hidden)

    def forward(self, summary: Tensor) -> list[CellState]:
        """States of every layer. Shape (sentences, memory_dim) -> each (sentences, 1, hidden)."""
        pieces = torch.tanh(self.project(summary)).unsqueeze(1).chunk(self.layers * self.parts, dim=2)
        return [tuple(pieces[first : first + self.parts]) for first in range(0, len(pieces), self.parts)]


def _lstm(gates: Tensor, memory: Tensor) -> CellState:
    """Gates in torch's order: input, forget, cell, output. Shape (..., 4 * hidden)."""
    hidden = memory.shape[-1]
    new = gates.narrow(-1, 2 * hidden, hidden).tanh()
    i, f, _, o = gates.sigmoid().chunk(4, dim=-1)  # one call over all is faster than three over what is needed
    after = torch.addcmul(f * memory, i, new)
    return o * after.tanh(), after


def _gru(gates: Tensor, carried: Tensor, hidden: Tensor) -> CellState:
    """Gates in torch's order: reset, update, new; the reset gate lies over the product. Shape (..., 3 * hidden)."""
    reset, update, new = gates.chunk(3, dim=-1)
    carried_reset, carried_update, carried_new = carried.chunk(3, dim=-1)
    fresh = torch.addcmul(new, (reset + carried_reset).sigmoid(), carried_new).tanh()
    return (torch.lerp(fresh, hidden, (update + carried_update).sigmoid()),)


def _initialise(cell: Cell) -> None:
    """As the encoders' layers (layers/recurrent.py): gate by gate, an LSTM's forget gate open."""
    for gate in cell.inputs.weight.chunk(GATES[cell.kind]):
        nn.init.xavier_uniform_(gate)
    for gate in cell.recurrent.weight.chunk(GATES[cell.kind]):
        nn.init.orthogonal_(gate)
    nn.init.zeros_(cell.inputs.bias)
    nn.init.zeros_(cell.recurrent.bias)
    if cell.kind == "lstm":
        nn.init.ones_(cell.inputs.bias.chunk(GATES["lstm"])[1])
