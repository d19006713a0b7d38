"""A recurrent decoder that looks at the source: at each step it finds the source states that fit its own.

    h_0 = tanh(W m + b) for every layer,   h_t = lstm([y_{t-1}; s_{t-1}], h_{t-1}),   a_t = align(h_t, g)
    z_t = sum_i a_ti g_i,   s_t = tanh(W [h_t; z_t] + b)

With `reads: vectors`, z_t is a sum of the source's word vectors, and the states g_i tell only where to look: a word's
own vector holds nothing of its neighbours, so what is written must be looked up at that very word.

The scores and their normalisation stand in layers/scores.py. s_{t-1} is fed only with `input_feeding`; without it (and
without coverage) nothing waits for the step before but the recurrent layers themselves, which then run over the whole
target at once, and attention is one product. With `place: between`, attention stands over the first layer, and the
layers above read [h; z].

Paper: Luong, Pham and Manning, 2015, arXiv:1508.04025, sections 3.1 and 3.3; coverage: See et al., 2017,
arXiv:1704.04368, eq. 11; keys beside what is read: Miller et al., 2016, arXiv:1606.03126. Differs: the first state is
projected from the memory's summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch
from pydantic import model_validator
from pydantic_core import PydanticCustomError
from torch import Tensor

from seqweave.layers.cells import Bridge, CellStack, CellState, Pass, RecurrentDecoderConfig
from seqweave.layers.generation import Decoded, Decoder, DecoderState, EncodedMemory, MemorySizes, decoder
from seqweave.layers.grid import chosen, moved
from seqweave.layers.linear import Linear
from seqweave.layers.repeated import repeated
from seqweave.layers.scores import Alignment, Normalise, Score
from seqweave.layers.steps import Steps, beside, layer_steps, sentence_steps

ROWS = 8
"""Sentences that are over leave a pass so many at a time: products of odd sizes, and fewer of them, gain nothing."""


@decoder("attention")
class AttentionConfig(RecurrentDecoderConfig):
    """Recurrent decoder with attention, the first choice for translation."""

    score: Score = "bilinear"
    """How a state is compared with a source position: dot, bilinear (over a matrix), scaled (less of it), additive."""

    normalise: Normalise = "softmax"
    """How scores become weights: softmax, or positive scores over their plain sum."""

    input_feeding: bool = False
    """Feed each state with the next token, so that a step knows where the last one looked; training is slower."""

    coverage: bool = False
    """Score with how much each position was looked at before; needs `score: additive`; training is slower."""

    reads: Literal["states", "vectors"] = "states"
    """What it takes from where it looks: states of the encoder, or the words' own vectors, found by the states."""

    attentional: bool = True
    """States are tanh(W [h; z] + b) of size `hidden`; if not, plain [h; z]."""

    place: Literal["top", "between"] = "top"
    """Where attention stands: over the top layer, or between the first and the second one, which then reads it."""

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if self.coverage and self.score != "additive":
            facts = {"score": self.score}
            raise PydanticCustomError("coverage", "coverage goes only with score: additive, not {score}", facts)
        if self.place == "between" and self.layers == 1:
            raise PydanticCustomError("place", "place: between needs layers: 2 or more")
        return self

    def build(self, in_dim: int, memory: MemorySizes) -> AttentionDecoder:
        """A fresh decoder of embedded tokens of size `in_dim`, over memories of such sizes."""
        return AttentionDecoder(in_dim, memory, self)


@dataclass(frozen=True, slots=True)
class AttentionState(DecoderState):
    """What each hypothesis carries, and what its sentence holds.

    Args:
        memory: what is read.
        keys: what of the scores depends on the memory alone. Shape (sentences, source, hidden).
        layers: states of each layer. Shapes (sentences, beam, hidden).
        fed: the decoder's last state. Shape (sentences, beam, out_dim).
        covered: weights of all steps so far, summed. Shape (sentences, beam, source).
    """

    memory: EncodedMemory
    keys: Tensor
    layers: tuple[CellState, ...]
    fed: Tensor
    covered: Tensor

    def select(self, rows: Tensor) -> AttentionState:
        """The state of chosen hypotheses. Shape of rows: (sentences', beam'), long."""
        sentences = moved(rows, *self.fed.shape[:2])
        memory = self.memory if sentences is None else self.memory.select(sentences)
        keys = self.keys if sentences is None else self.keys[sentences]
        layers = tuple(tuple(chosen(part, rows) for part in layer) for layer in self.layers)
        return AttentionState(memory, keys, layers, chosen(self.fed, rows), chosen(self.covered, rows))

    def first(self, count: int) -> AttentionState:
        """The state of the first sentences; nothing is copied."""
        part = slice(count)
        layers = tuple(tuple(held[part] for held in layer) for layer in self.layers)
        return AttentionState(self.memory.select(part), self.keys[part], layers, self.fed[part], self.covered[part])


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all steps of a pass share: the layers below attention and above it, and the products around them."""

    below: Pass
    compare: Steps | None
    read: Steps
    above: Pass | None
    combine: Steps | None


class AttentionDecoder(Decoder):
    """Recurrent layers, and attention over or between them."""

    attends = True

    def __init__(self, in_dim: int, memory: MemorySizes, config: AttentionConfig) -> None:
        super().__init__()
        self.reads, read = config.reads, memory.states if config.reads == "states" else memory.vectors
        hidden, both = config.hidden, config.hidden + read
        self.out_dim = hidden if config.attentional else both
        below = 1 if config.place == "between" else config.layers
        self.bridge = Bridge(memory.states, config)
        self.below = CellStack(in_dim, below, config)
        self.alignment = Alignment(config.score, config.normalise, hidden, memory.states, config.coverage)
        self.above = CellStack(both, config.layers - below, config) if below < config.layers else None
        self.combine = Linear(both, hidden) if config.attentional else None
        self.feed = Linear(self.out_dim, self.below.gate_dim, bias=False) if config.input_feeding else None
        self.waits = config.input_feeding or config.coverage

    def forward(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor | None = None) -> Decoded:
        """The states after each token.

        Args:
            vectors: embedded tokens, the beginning mark first. Shape (sentences, time, in_dim).
            memory: what is read.
            lengths: how many states of each sentence are asked for. Shape (sentences,), long.

        Returns:
            Decoded. states (sentences, time, out_dim); attention (sentences, time, source).
        """
        if self.waits:
            if lengths is None:
                return self._step_by_step(vectors, memory, [len(vectors)] * vectors.shape[1])
            return self._longest_first(vectors, memory, lengths)
        layers = self.bridge(memory.summary)
        depth = len(self.below.cells)
        queries: Tensor = self.below(vectors, layers[:depth])
        weights = self.alignment(queries, self.alignment.keys(memory.states), memory.mask)
        context = weights @ self._read(memory)
        if self.above is not None:
            queries = self.above(torch.cat([queries, context], dim=2), layers[depth:])
        return Decoded(self._combined(queries, context), weights, vectors)

    def start(self, memory: EncodedMemory) -> AttentionState:
        """The state before the first token: a grid (sentences, 1)."""
        sentences, source = memory.mask.shape
        fed = memory.states.new_zeros(sentences, 1, self.out_dim)
        covered = memory.states.new_zeros(sentences, 1, source)
        layers = tuple(self.bridge(memory.summary))
        return AttentionState(memory, self.alignment.keys(memory.states), layers, fed, covered)

    def step(self, vectors: Tensor, state: DecoderState) -> tuple[Decoded, AttentionState]:
        """One token more for every hypothesis. Shape of vectors: (sentences, beam, in_dim)."""
        assert isinstance(state, AttentionState)
        feeds = [] if self.feed is None else [self.feed]
        read = vectors if self.feed is None else torch.cat([vectors, state.fed], dim=2)
        first = self.below.step(read, state.layers[: len(self.below.cells)], *feeds)
        weights, after = self._advance(first, state)
        return Decoded(after.fed, weights, vectors), after

    def _longest_first(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor) -> Decoded:
        """Teacher forcing step by step, of which sentences that are over are left out."""
        order = lengths.argsort(descending=True, stable=True)
        positions = torch.arange(vectors.shape[1], device=lengths.device)
        asked: list[int] = (lengths.unsqueeze(1) > positions).sum(dim=0).tolist()
        kept = [min(-(-count // ROWS) * ROWS, len(vectors)) for count in asked]
        decoded, place = self._step_by_step(vectors[order], memory.select(order), kept), order.argsort()
        return Decoded(decoded.states[place], decoded.attention[place], vectors)

    def _step_by_step(self, vectors: Tensor, memory: EncodedMemory, kept: Sequence[int]) -> Decoded:
        """Teacher forcing where a step waits for the one before; what it needs of the tokens is one product.

        Args:
            vectors: embedded tokens. Shape (sentences, time, in_dim).
            memory: what is read.
            kept: how many sentences, the first ones, go on at each position; the others' states are zeros there.
        """
        state = self.start(memory)
        shared = self._begin(vectors, state)
        states, attention = [], []
        for position, gates in enumerate(torch.split(self.below.gates(vectors), 1, dim=1)):
            count = kept[position]
            state = state if count == len(state.fed) else state.first(count)
            fed = [] if self.feed is None else [state.fed]
            layers = state.layers[: len(self.below.cells)]
            first = self.below.taught(gates[:count], layers, shared.below, position, *fed)
            weights, state = self._advance(first, state, shared, position)
            states.append(state.fed)
            attention.append(weights)
        return Decoded(beside(states, len(vectors)), beside(attention, len(vectors)), vectors)

    def _begin(self, vectors: Tensor, state: AttentionState) -> _Shared:
        """A pass over tokens of shape (sentences, time, in_dim) that goes step by step."""
        below = self.below.begin(vectors, *([] if self.feed is None else [self.feed]))
        compare, read = self.alignment.compares(state.keys), sentence_steps(self._read(state.memory), self.training)
        above = None if self.above is None else self.above.begin(vectors)
        combine = None if self.combine is None else layer_steps(self.combine)
        return _Shared(below, compare, read, above, combine)

    def _advance(
        self,
        first: tuple[Tensor, tuple[CellState, ...]],
        state: AttentionState,
        shared: _Shared | None = None,
        position: int = 0,
    ) -> tuple[Tensor, AttentionState]:
        """Where each hypothesis looks after one token more, and the state.

        Args:
            first: the states after it of the layers below attention, those of the top one first.
            state: before it.
            shared: by all steps of a pass; none in a search.
            position: of the token in the pass.
        """
        memory, (top, layers) = state.memory, first
        compare = None if shared is None else shared.compare
        weights = self.alignment(top, state.keys, memory.mask, state.covered, compare)
        context = torch.bmm(weights, self._read(memory)) if shared is None else shared.read(weights)
        if self.above is not None:
            both, before = torch.cat([top, context], dim=2), state.layers[len(layers) :]
            if shared is None or shared.above is None:
                top, above = self.above.step(both, before)
            else:
                top, above = self.above.taught(shared.above.cells[0].inputs(both), before, shared.above, position)
            layers = layers + above
        fed = self._combined(top, context, None if shared is None else shared.combine)
        return weights, AttentionState(memory, state.keys, layers, fed, state.covered + weights)

    def _read(self, memory: EncodedMemory) -> Tensor:
        """What stands at each source position. Shape (sentences, source, states or vectors)."""
        return memory.states if self.reads == "states" else memory.vectors

    def _combined(self, states: Tensor, context: Tensor, steps: Steps | None = None) -> Tensor:
        """The decoder's states from those of its layers and what they found. Shape (..., out_dim)."""
        both = torch.cat([states, context], dim=2)
        if self.combine is None:
            return both
        return torch.tanh(repeated(both, self.combine) if steps is None else steps(both))
