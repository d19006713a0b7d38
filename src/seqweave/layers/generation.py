"""The contracts of what writes: decoders, and the outputs that turn their states into words.

Axis words: sentences, beam (hypotheses of a sentence, or the positions of one when teacher-forced: `time`), source
(positions of what is attended to), dim, tokens (the vocabulary to write from, and what a sentence adds to it).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import ClassVar, Self

from torch import Tensor, nn

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry
from seqweave.layers.contracts import Loss

DECODERS = Registry("decoders", "seqweave.parts.decoders")
OUTPUTS = Registry("outputs", "seqweave.parts.outputs")

decoder = DECODERS.register
output = OUTPUTS.register


@dataclass(frozen=True, slots=True)
class MemorySizes:
    """Sizes of what a memory holds: of the encoder's states and of the summary, and of the vectors it has read."""

    states: int
    vectors: int


@dataclass(frozen=True)
class EncodedMemory:
    """What a decoder reads.

    Args:
        states: of the encoder, one a source position, zero at padding. Shape (sentences, source, states).
        vectors: what the encoder has read, the embedded source. Shape (sentences, source, vectors).
        summary: one vector a sentence, the "meaning vector". Shape (sentences, states).
        mask: True where a source position is real. Shape (sentences, source), bool.
    """

    states: Tensor
    vectors: Tensor
    summary: Tensor
    mask: Tensor

    def select(self, sentences: Tensor | slice) -> Self:
        """The memory of some sentences. Shape of sentences: (chosen,), long; or a slice, which copies nothing."""
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: value[sentences] for name, value in held.items() if isinstance(value, Tensor)})


@dataclass(frozen=True)
class CopyMemory(EncodedMemory):
    """A memory whose source can be copied.

    Args:
        source: each source token's id in the sentence's extended vocabulary: its own id where it can be written, else
            an id from the size of the vocabulary on. Shape (sentences, source), long; 0 at padding.
        extension: how many ids were added to the vocabulary, the same for all sentences of a batch.
    """

    source: Tensor
    extension: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder hands on to the output.

    Args:
        states: one vector a token read. Shape (sentences, time, dim).
        attention: where each looked. Shape (sentences, time, source), rows add up to 1; all zero without attention.
        vectors: the embedded tokens that were read. Shape (sentences, time, in_dim).
    """

    states: Tensor
    attention: Tensor
    vectors: Tensor

    def window(self, start: int, stop: int) -> Decoded:
        """The same from one position up to, not including, another."""
        return Decoded(self.states[:, start:stop], self.attention[:, start:stop], self.vectors[:, start:stop])


class DecoderState(ABC):
    """All that a decoder remembers of a grid of hypotheses (sentences, beam).

    `memory` is what it reads, one for each sentence however wide the beam is.
    """

    memory: EncodedMemory

    @abstractmethod
    def select(self, rows: Tensor) -> Self:
        """The state of chosen hypotheses.

        Args:
            rows: indices into the flattened grid, sentence * beam + place; those of one row belong to one sentence.
                Shape (sentences, beam) of the new grid, long.
        """


class Decoder(nn.Module, ABC):
    """Tokens written so far to a state each. Law: stepping equals teacher forcing.

    `out_dim` is the size of its states; `attends` says whether it looks at single source positions; `longest` is how
    many tokens it reads at most, the beginning mark among them, None for any number.
    """

    out_dim: int
    attends: bool
    longest: int | None = None

    @abstractmethod
    def forward(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor | None = None) -> Decoded:
        """The states after each token, all tokens given: teacher forcing.

        Args:
            vectors: embedded tokens, the beginning mark first. Shape (sentences, time, in_dim).
            memory: what is read. Shapes: states (sentences, source, dim) ...
            lengths: how many states of each sentence are asked for, all unless given; the others may be anything
                finite. Shape (sentences,), long.

        Returns:
            Decoded. states (sentences, time, out_dim); a position depends on no later one.
        """

    @abstractmethod
    def start(self, memory: EncodedMemory) -> DecoderState:
        """The state before the first token: a grid (sentences, 1)."""

    @abstractmethod
    def step(self, vectors: Tensor, state: DecoderState) -> tuple[Decoded, DecoderState]:
        """One token more for every hypothesis.

        Args:
            vectors: the embedded last tokens. Shape (sentences, beam, in_dim).
            state: before them.

        Returns:
            Decoded, its `time` axis the beam; and the state after the tokens.
        """


class DecoderConfig(Config, ABC):
    """Settings of a decoder, and its factory."""

    @abstractmethod
    def build(self, in_dim: int, memory: MemorySizes) -> Decoder:
        """A fresh decoder of embedded tokens of size `in_dim`, over memories of such sizes."""


class Output(nn.Module, ABC):
    """A decoder's states to words, and their loss."""

    @abstractmethod
    def forward(self, decoded: Decoded, memory: EncodedMemory) -> Tensor:
        """Log-probabilities of every token; a row's probabilities add up to 1.

        Args:
            decoded: Shapes: states (sentences, time, dim), attention (sentences, time, source).
            memory: what was read.

        Returns:
            Shape (sentences, time, tokens): the vocabulary, and the sentences' extension where the output copies.
        """

    @abstractmethod
    def loss(self, decoded: Decoded, memory: EncodedMemory, targets: Tensor) -> Loss:
        """Summed loss over real targets; scores of all tokens at all positions never exist at once.

        Args:
            decoded: teacher-forced.
            memory: what was read.
            targets: gold tokens, the end mark last; an id beyond the vocabulary is one of the memory's extension.
                Shape (sentences, time), long; 0 at padding.
        """


class OutputConfig(Config, ABC):
    """Settings of an output, and its factory; `copies` says whether it scores what a sentence adds, too."""

    copies: ClassVar[bool] = False

    @abstractmethod
    def build(self, decoder: Decoder, in_dim: int, table: nn.Embedding, tied: bool) -> Output:
        """A fresh output.

        Args:
            decoder: whose states it reads.
            in_dim: size of embedded tokens.
            table: the vectors of the tokens that are read, one row for each token that can be written.
            tied: whether a token is also recognised by its row of the table.
        """
