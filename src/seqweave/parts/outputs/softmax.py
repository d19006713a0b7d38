"""The plain output: a score for every token of the vocabulary, and a softmax over them.

    p = softmax(W s + b)                tied: W = E P, with the table E of the tokens that are read; P only where sizes
                                        differ

Paper: tying, Press and Wolf, 2017, arXiv:1608.05859; label smoothing, Szegedy et al., 2016, arXiv:1512.00567.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from seqweave.data.features.contract import PADDING, UNKNOWN
from seqweave.layers.chunked import cross_entropy
from seqweave.layers.contracts import Loss
from seqweave.layers.generation import Decoded, Decoder, EncodedMemory, Output, OutputConfig, output
from seqweave.layers.linear import wide
from seqweave.layers.words import WordScores


@output("softmax")
class SoftmaxConfig(OutputConfig):
    """Probabilities of the vocabulary's tokens."""

    smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of a target's probability that training spreads over the vocabulary, from 0 to below 1; 0.1 is usual."""

    def build(self, decoder: Decoder, in_dim: int, table: nn.Embedding, tied: bool) -> SoftmaxOutput:  # noqa: ARG002  # the contract's arguments
        """A fresh output of a decoder, over the tokens of a table."""
        return SoftmaxOutput(WordScores(decoder.out_dim, table, tied), self.smoothing)


class SoftmaxOutput(Output):
    """A softmax over the vocabulary."""

    def __init__(self, scores: WordScores, smoothing: float) -> None:
        super().__init__()
        self.scores, self.smoothing = scores, smoothing

    def forward(self, decoded: Decoded, memory: EncodedMemory) -> Tensor:  # noqa: ARG002  # the contract's arguments
        """Log-probabilities of every token. Shape of the states (sentences, time, dim) -> (sentences, time, tokens)."""
        return wide(self.scores(decoded.states)).log_softmax(dim=2)

    def loss(self, decoded: Decoded, memory: EncodedMemory, targets: Tensor) -> Loss:  # noqa: ARG002  # the contract's arguments
        """Summed cross entropy, smoothed; what could only be copied is unknown here.

        Args:
            decoded: teacher-forced.
            memory: what was read; nothing of it is copied.
            targets: gold tokens. Shape (sentences, time), long; 0 at padding.
        """
        real = targets != PADDING
        states, wanted = self.scores.recognised(decoded.states[real]), targets[real]
        wanted = wanted.masked_fill(wanted >= len(self.scores.words.weight), UNKNOWN)
        return Loss(cross_entropy(states, self.scores.words, wanted, self.smoothing), real.sum())
