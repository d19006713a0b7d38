"""One sound little decoder, and one way to break each law of decoders."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from seqweave.layers.generation import Decoded, Decoder, DecoderState, EncodedMemory
from seqweave.layers.grid import chosen, moved


@dataclass(frozen=True)
class SoundState(DecoderState):
    memory: EncodedMemory
    hidden: Tensor

    def select(self, rows: Tensor) -> SoundState:
        sentences = moved(rows, *self.hidden.shape[:2])
        memory = self.memory if sentences is None else self.memory.select(sentences)
        return replace(self, memory=memory, hidden=chosen(self.hidden, rows))


class SoundDecoder(Decoder):
    """A simple recurrent layer and dot attention; the faults override one step each."""

    attends = True
    state = SoundState

    def __init__(self, in_dim: int, memory_dim: int) -> None:
        super().__init__()
        self.out_dim = memory_dim
        self.own, self.back = nn.Linear(in_dim, memory_dim), nn.Linear(memory_dim, memory_dim)

    def begin(self, memory: EncodedMemory) -> Tensor:
        return torch.tanh(memory.summary).unsqueeze(1)

    def advance(self, vectors: Tensor, hidden: Tensor) -> Tensor:
        return torch.tanh(self.own(vectors) + self.back(hidden))

    def look(self, hidden: Tensor, memory: EncodedMemory) -> Tensor:
        scores = hidden @ memory.states.transpose(1, 2)
        return scores.masked_fill(~memory.mask.unsqueeze(1), -torch.inf).softmax(dim=2)

    def finish(self, hidden: Tensor, vectors: Tensor, memory: EncodedMemory) -> Decoded:
        weights = self.look(hidden, memory)
        return Decoded(hidden + weights @ memory.states, weights, vectors)

    def forward(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor | None = None) -> Decoded:
        hidden, found = self.begin(memory), []
        for vector in vectors.split(1, dim=1):
            hidden = self.advance(vector, hidden)
            found.append(hidden)
        return self.finish(torch.cat(found, dim=1), vectors, memory)

    def start(self, memory: EncodedMemory) -> SoundState:
        return self.state(memory, self.begin(memory))

    def step(self, vectors: Tensor, state: SoundState) -> tuple[Decoded, SoundState]:
        hidden = self.advance(vectors, state.hidden)
        return self.finish(hidden, vectors, state.memory), replace(state, hidden=hidden)


class ForgetsItsStart(SoundDecoder):
    """Searching begins from zero, training from the summary."""

    def start(self, memory: EncodedMemory) -> SoundState:
        return SoundState(memory, torch.zeros_like(self.begin(memory)))


class StandsStill(SoundDecoder):
    """A step gives back the state that it was given."""

    def step(self, vectors: Tensor, state: SoundState) -> tuple[Decoded, SoundState]:
        decoded, _ = super().step(vectors, state)
        return decoded, state


class Unmoved(SoundState):
    """The states stay where they are, whatever hypothesis goes on."""

    def select(self, rows: Tensor) -> SoundState:
        picked = super().select(rows)
        if rows.shape != self.hidden.shape[:2]:
            return picked
        return replace(picked, hidden=self.hidden)


class KeepsRows(SoundDecoder):
    state = Unmoved


class OldMemory(SoundState):
    """The states move with their sentences, the memory does not."""

    def select(self, rows: Tensor) -> SoundState:
        first = EncodedMemory(
            *(
                part[: len(rows)]
                for part in (self.memory.states, self.memory.vectors, self.memory.summary, self.memory.mask)
            )
        )
        return replace(super().select(rows), memory=first)


class KeepsMemory(SoundDecoder):
    state = OldMemory


class Copied(SoundState):
    """The memory is gathered anew at each choice."""

    def select(self, rows: Tensor) -> SoundState:
        memory = self.memory.select(rows[:, 0] // self.hidden.shape[1])
        return replace(self, memory=memory, hidden=chosen(self.hidden, rows))


class CopiesMemory(SoundDecoder):
    state = Copied


class LooksAtPadding(SoundDecoder):
    """The scores of padding count."""

    def look(self, hidden: Tensor, memory: EncodedMemory) -> Tensor:
        return (hidden @ memory.states.transpose(1, 2)).softmax(dim=2)


class SeesTheFuture(SoundDecoder):
    """The mean of all tokens, those to come among them, is added to each state."""

    def finish(self, hidden: Tensor, vectors: Tensor, memory: EncodedMemory) -> Decoded:
        decoded = super().finish(hidden, vectors, memory)
        return Decoded(decoded.states + decoded.states.mean(dim=1, keepdim=True), decoded.attention, vectors)


class MeanOfBatch(SoundDecoder):
    """Sentences see each other's summary."""

    def begin(self, memory: EncodedMemory) -> Tensor:
        return super().begin(memory) + memory.summary.mean(dim=0)


class LeavesTooSoon(SoundDecoder):
    """The last state that is asked for is missing."""

    def forward(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor | None = None) -> Decoded:
        decoded = super().forward(vectors, memory)
        if lengths is None:
            return decoded
        kept = torch.arange(vectors.shape[1]) < lengths.unsqueeze(1) - 1
        return Decoded(decoded.states * kept.unsqueeze(2), decoded.attention, vectors)


class StaysSorted(SoundDecoder):
    """Sentences are sorted by length, and not put back."""

    def forward(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor | None = None) -> Decoded:
        if lengths is None:
            return super().forward(vectors, memory)
        order = lengths.argsort(descending=True)
        return super().forward(vectors[order], memory.select(order))


class Unnormalised(SoundDecoder):
    """The weights add up to less than 1."""

    def look(self, hidden: Tensor, memory: EncodedMemory) -> Tensor:
        return super().look(hidden, memory) * 0.9


class Inattentive(SoundDecoder):
    """It tells that it does not look at single positions, and does."""

    attends = False


class DeadParameter(SoundDecoder):
    """A weight that nothing reads."""

    def __init__(self, in_dim: int, memory_dim: int) -> None:
        super().__init__(in_dim, memory_dim)
        self.unused = nn.Parameter(torch.ones(2))


class Detached(SoundDecoder):
    """What was read before teaches nothing."""

    def advance(self, vectors: Tensor, hidden: Tensor) -> Tensor:
        return torch.tanh(self.own(vectors) + self.back(hidden).detach())


class Unsaved(SoundDecoder):
    """A random tensor that is no parameter: a loaded model differs."""

    def __init__(self, in_dim: int, memory_dim: int) -> None:
        super().__init__(in_dim, memory_dim)
        self.hidden_weights = torch.randn(memory_dim)

    def begin(self, memory: EncodedMemory) -> Tensor:
        return super().begin(memory) * self.hidden_weights


class WrongSize(SoundDecoder):
    """The size it tells is not the size it gives."""

    def __init__(self, in_dim: int, memory_dim: int) -> None:
        super().__init__(in_dim, memory_dim)
        self.out_dim = in_dim + memory_dim


class SinglePrecision(SoundDecoder):
    """Everything becomes float32 on the way."""

    def finish(self, hidden: Tensor, vectors: Tensor, memory: EncodedMemory) -> Decoded:
        decoded = super().finish(hidden, vectors, memory)
        return Decoded(decoded.states.float(), decoded.attention, vectors)


class AlwaysDrops(SoundDecoder):
    """Dropout that does not know of eval mode."""

    def advance(self, vectors: Tensor, hidden: Tensor) -> Tensor:
        return torch.dropout(super().advance(vectors, hidden), 0.5, train=True)


FAULTS: dict[str, tuple[type[Decoder], ...]] = {
    "stepping_equals_teacher_forcing": (ForgetsItsStart, StandsStill, SeesTheFuture),
    "choosing_carries_everything": (KeepsRows, KeepsMemory, StandsStill),
    "memory_is_never_copied": (CopiesMemory,),
    "source_padding_changes_nothing": (LooksAtPadding,),
    "no_position_sees_a_later_one": (SeesTheFuture,),
    "what_is_not_asked_for_changes_nothing": (LeavesTooSoon, StaysSorted),
    "batch_equals_single_sentences": (MeanOfBatch, LooksAtPadding),
    "attention_adds_up": (Unnormalised, Inattentive, LooksAtPadding),
    "gradient_reaches_everything": (DeadParameter, Detached),
    "saved_equals_loaded": (Unsaved,),
    "sizes_and_precision_are_true": (WrongSize, SinglePrecision),
    "eval_is_deterministic": (AlwaysDrops,),
}
