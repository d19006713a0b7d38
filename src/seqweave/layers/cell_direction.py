"""One direction of a layer of recurrent cells: by torch's kernels, or where these are slow by our own.

Here it is chosen: only for a wide GRU that is trained on a CPU are torch's kernels slow (layers/gru.py says why).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import _VF, Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from seqweave.layers import gru
from seqweave.layers.contracts import State, lengths_of
from seqweave.layers.dropout import weight_drop
from seqweave.layers.linear import Multiplying, multiply
from seqweave.layers.recurrent import Direction, RecurrentConfig, RecurrentEncoder

Cell = Literal["LSTM", "GRU", "RNN_TANH", "RNN_RELU"]

KERNELS: dict[str, Callable[..., Any]] = {
    "LSTM": _VF.lstm,
    "GRU": _VF.gru,
    "RNN_TANH": _VF.rnn_tanh,
    "RNN_RELU": _VF.rnn_relu,
}


class CellDirection(Direction, Multiplying):
    """A layer of LSTM, GRU or simple recurrent cells, read in one direction."""

    def __init__(self, cell: Cell, in_dim: int, hidden: int, weight_drop_rate: float) -> None:
        super().__init__()
        self.cell = nn.RNNBase(cell, in_dim, hidden, batch_first=True)
        self.weight_drop_rate = weight_drop_rate
        initialise(self.cell)

    def forward(self, x: Tensor) -> Tensor:
        """States of every position. Shape (batch, time, in_dim) -> (batch, time, hidden)."""
        return self._read((x,), self.start(x), True)[0]

    def start(self, x: Tensor) -> State:
        """What is remembered before the first position: zeros. Shape (batch, time, in_dim) -> (batch, hidden)."""
        zeros = x.new_zeros(x.shape[0], self.cell.hidden_size)
        return (zeros, zeros) if self.cell.mode == "LSTM" else (zeros,)

    def run(self, x: Tensor, mask: Tensor, state: State) -> tuple[Tensor, State]:
        """States of every position, and what is remembered behind each row's last real one.

        Args:
            x: Shape (batch, time, in_dim).
            mask: Shape (batch, time), bool.
            state: what is remembered before. Shapes (batch, hidden).
        """
        if mask.all():
            return self._read((x,), state, True)
        # only a packed batch says what the cell remembers where a shorter row ends
        packed = pack_padded_sequence(x, lengths_of(mask).cpu(), batch_first=True, enforce_sorted=False)
        order, back = packed.sorted_indices, packed.unsorted_indices
        start = tuple(part[order] for part in state)
        states, after = self._read((packed.data, packed.batch_sizes), start, False)
        rows = PackedSequence(states, packed.batch_sizes, order, back)
        padded, _ = pad_packed_sequence(rows, batch_first=True, total_length=x.shape[1])
        return padded, tuple(part[back] for part in after)

    def _read(self, x: tuple[Tensor, ...], state: State, padded: bool) -> tuple[Tensor, State]:
        """What the kernel makes of a padded batch, or of a packed one and its sizes."""
        inputs, recurrent, *biases = self.cell.all_weights[0]
        kept = weight_drop(recurrent, self.weight_drop_rate, training=self.training)
        if self.cell.mode == "GRU" and padded and gru.suits(x[0], self.cell.hidden_size):
            products = multiply(x[0], inputs, biases[0], self.product)
            found = gru.read(products, state[0], kept, biases[1], self.product)
            return found, (found[:, -1],)
        start = [part.unsqueeze(0) for part in state]
        # The kernel keeps what the gradient needs whenever gradients are on: they are asked for in eval() mode, too.
        keep = torch.is_grad_enabled()
        settings = (True, 1, 0.0, keep, False, True)[: 6 if padded else 5]
        before = start if self.cell.mode == "LSTM" else start[0]
        states, *after = KERNELS[self.cell.mode](*x, before, [inputs, kept, *biases], *settings)
        return states, tuple(part.squeeze(0) for part in after)


def cell_encoder(cell: Cell, in_dim: int, config: RecurrentConfig) -> RecurrentEncoder:
    """A fresh encoder of vectors of size `in_dim`, all of whose layers are of one kind of cells."""

    def direction(depth: int, width: int) -> Direction:
        return CellDirection(cell, width, config.size(depth), config.weight_drop)

    return RecurrentEncoder(direction, in_dim, config)


def initialise(cell: nn.RNNBase) -> None:
    """Set the weights of one direction, gate by gate.

    Orthogonal recurrent weights neither shrink nor blow up a state (Saxe et al., 2014, arXiv:1312.6120); an LSTM's
    forget gate begins open, with bias 1 (Jozefowicz et al., 2015, ICML), so that it remembers before it has learned.
    """
    inputs, recurrent, *biases = cell.all_weights[0]
    gates = recurrent.shape[0] // cell.hidden_size
    for gate in inputs.chunk(gates):
        nn.init.xavier_uniform_(gate)
    for gate in recurrent.chunk(gates):
        nn.init.orthogonal_(gate)
    for bias in biases:
        nn.init.zeros_(bias)
    if cell.mode == "LSTM":
        nn.init.ones_(biases[0].chunk(gates)[1])  # torch's order of gates: input, forget, cell, output
