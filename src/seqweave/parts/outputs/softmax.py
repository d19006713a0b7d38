"""The plain output: the probability of every token of the vocabulary, as an output layer over it tells.

Paper: label smoothing, Szegedy et al., 2016, arXiv:1512.00567.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from seqweave.core.configuration import Choice
from seqweave.core.errors import RecipeError
from seqweave.data.features.contract import PADDING, UNKNOWN
from seqweave.layers.contracts import Loss
from seqweave.layers.generation import Decoded, Decoder, EncodedMemory, Output, OutputConfig, output
from seqweave.layers.words import SOFTMAXES, WordSoftmax, WordSoftmaxConfig, full_softmax


@output("softmax")
class SoftmaxConfig(OutputConfig):
    """Probabilities of the vocabulary's tokens."""

    smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of a target's probability that training spreads over the vocabulary, from 0 to below 1; 0.1 is usual."""

    words: Annotated[WordSoftmaxConfig, Choice(SOFTMAXES)] = Field(default_factory=full_softmax)
    """How states become probabilities of words."""

    def build(self, decoder: Decoder, in_dim: int, table: nn.Embedding, tied: bool) -> SoftmaxOutput:  # noqa: ARG002  # the contract's arguments
        """A fresh output of a decoder, over the tokens of a table.

        Raises:
            RecipeError: if the target's probability is to be spread by words that cannot smooth.
        """
        if self.smoothing and not self.words.smooths:
            raise RecipeError(
                "E-SOFTMAX-04",
                f"words of kind {self.words.kind!r} do not know the probabilities of all tokens while training, which "
                f"`smoothing: {self.smoothing:g}` would need",
                mend="write `smoothing: 0`, or `words: {kind: full}`",
            )
        return SoftmaxOutput(self.words.build(decoder.out_dim, table, tied), self.smoothing)


class SoftmaxOutput(Output):
    """A softmax over the vocabulary."""

    def __init__(self, scores: WordSoftmax, smoothing: float) -> None:
        super().__init__()
        self.scores, self.smoothing = scores, smoothing

    def forward(self, decoded: Decoded, memory: EncodedMemory) -> Tensor:  # noqa: ARG002  # the contract's arguments
        """Log-probabilities of every token. Shape of the states (sentences, time, dim) -> (sentences, time, tokens)."""
        return self.scores.log_probabilities(decoded.states)

    def loss(self, decoded: Decoded, memory: EncodedMemory, targets: Tensor) -> Loss:  # noqa: ARG002  # the contract's arguments
        """Summed cross entropy, smoothed; what could only be copied is unknown here.

        Args:
            decoded: teacher-forced.
            memory: what was read; nothing of it is copied.
            targets: gold tokens. Shape (sentences, time), long; 0 at padding.
        """
        real = targets != PADDING
        wanted = targets[real]
        wanted = wanted.masked_fill(wanted >= self.scores.tokens, UNKNOWN)
        return Loss(self.scores.loss(decoded.states[real], wanted, self.smoothing), real.sum())
