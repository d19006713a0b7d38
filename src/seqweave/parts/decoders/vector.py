"""A recurrent decoder of the meaning vector alone: what the encoder read, squeezed into one vector.

    h_0 = tanh(W m + b)   for every layer (and c_0 alike),   h_t = lstm([y_{t-1}; m], h_{t-1})

m is the memory's summary, y_{t-1} the word written before. It never looks at single source words: it is what attention
is compared with.

Paper: Sutskever, Vinyals and Le, 2014, arXiv:1409.3215, where m is the first state and is not read again
(`feed_summary: never`); Cho et al., 2014, arXiv:1406.1078, where it is read at every step. Differs: the first state is
projected, so that encoder and decoder need not have the same layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from seqweave.layers.cells import Bridge, CellStack, CellState, RecurrentDecoderConfig
from seqweave.layers.generation import Decoded, Decoder, DecoderState, EncodedMemory, MemorySizes, decoder
from seqweave.layers.grid import chosen, moved


@decoder("vector")
class VectorConfig(RecurrentDecoderConfig):
    """Recurrent decoder without attention, fed by the meaning vector alone."""

    feed_summary: Literal["never", "first", "every"] = "never"
    """When the layers read the meaning vector beside the word, other than by their first state: at which steps."""

    def build(self, in_dim: int, memory: MemorySizes) -> VectorDecoder:
        """A fresh decoder of embedded tokens of size `in_dim`, over memories of such sizes."""
        return VectorDecoder(in_dim, memory.states, self)


@dataclass(frozen=True, slots=True)
class VectorState(DecoderState):
    """The layers' states, and whether a token was read.

    Args:
        memory: what is read.
        layers: of each layer. Shapes (sentences, beam, hidden).
        begun: whether a token was read.
    """

    memory: EncodedMemory
    layers: tuple[CellState, ...]
    begun: bool

    def select(self, rows: Tensor) -> VectorState:
        """The state of chosen hypotheses. Shape of rows: (sentences', beam'), long."""
        sentences = moved(rows, *self.layers[0][0].shape[:2])
        memory = self.memory if sentences is None else self.memory.select(sentences)
        layers = tuple(tuple(chosen(part, rows) for part in layer) for layer in self.layers)
        return VectorState(memory, layers, self.begun)


class VectorDecoder(Decoder):
    """Recurrent layers that begin with the meaning vector."""

    attends = False

    def __init__(self, in_dim: int, memory_dim: int, config: VectorConfig) -> None:
        super().__init__()
        self.out_dim, self.feeding = config.hidden, config.feed_summary
        fed = 0 if self.feeding == "never" else memory_dim
        self.bridge = Bridge(memory_dim, config)
        self.stack = CellStack(in_dim + fed, config.layers, config)

    def forward(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor | None = None) -> Decoded:  # noqa: ARG002  # the contract's arguments
        """The states after each token. Shape of vectors: (sentences, time, in_dim).

        Args:
            vectors: embedded tokens, the beginning mark first. Shape (sentences, time, in_dim).
            memory: what is read.
            lengths: how many states are asked for; all are computed. Shape (sentences,), long.

        Returns:
            Decoded. states (sentences, time, out_dim).
        """
        first = torch.arange(vectors.shape[1], device=vectors.device).unsqueeze(1) == 0
        fed = self._fed(vectors, memory, read=self.feeding == "every" or first)
        states: Tensor = self.stack(fed, self.bridge(memory.summary))
        return self._decoded(states, vectors, memory)

    def start(self, memory: EncodedMemory) -> VectorState:
        """The state before the first token: a grid (sentences, 1)."""
        return VectorState(memory, tuple(self.bridge(memory.summary)), begun=False)

    def step(self, vectors: Tensor, state: DecoderState) -> tuple[Decoded, VectorState]:
        """One token more for every hypothesis. Shape of vectors: (sentences, beam, in_dim)."""
        assert isinstance(state, VectorState)
        fed = self._fed(vectors, state.memory, read=self.feeding == "every" or not state.begun)
        top, layers = self.stack.step(fed, state.layers)
        return self._decoded(top, vectors, state.memory), VectorState(state.memory, layers, begun=True)

    def _fed(self, vectors: Tensor, memory: EncodedMemory, read: Tensor | bool) -> Tensor:
        """The tokens, and beside them the meaning vector where it is read. Shape of read: (time, 1), bool, or one."""
        if self.feeding == "never":
            return vectors
        summaries = memory.summary.unsqueeze(1).expand(-1, vectors.shape[1], -1)
        return torch.cat([vectors, summaries * read], dim=2)

    def _decoded(self, states: Tensor, vectors: Tensor, memory: EncodedMemory) -> Decoded:
        return Decoded(states, states.new_zeros(*states.shape[:2], memory.mask.shape[1]), vectors)
