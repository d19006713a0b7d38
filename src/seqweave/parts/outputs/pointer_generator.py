"""A pointer-generator: each word is generated from the vocabulary or copied from the source.

    g    = sigmoid(w [s; y] + b)                             how much is generated, from the state and the word read
    p(t) = g softmax(W s + b)_t + (1 - g) sum_{i: source_i = t} a_i

Source words beyond the vocabulary have ids of their own after it, so that a name never seen in training can be written.
With `coverage_weight` k, looking twice at the same place costs k sum_i min(a_ti, sum_{t' < t} a_t'i) at each step.

Paper: See, Liu and Manning, 2017, arXiv:1704.04368, eq. 8-13. Differs: g reads the decoder's states, which know the
context, in place of context and state; the softmax has one layer; the coverage costs from the beginning.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's documents use

from seqweave.core.configuration import Choice
from seqweave.core.errors import RecipeError
from seqweave.data.features.contract import PADDING, UNKNOWN
from seqweave.layers.contracts import Loss
from seqweave.layers.generation import CopyMemory, Decoded, Decoder, EncodedMemory, Output, OutputConfig, output
from seqweave.layers.linear import Linear, wide
from seqweave.layers.words import SOFTMAXES, WordSoftmax, WordSoftmaxConfig, full_softmax


@output("pointer-generator")
class PointerGeneratorConfig(OutputConfig):
    """Probabilities of the vocabulary's tokens and of the source's own; for names, numbers and rare words."""

    copies = True

    coverage_weight: float = Field(0.0, ge=0)
    """Cost of looking again where a step before looked, beside the cross entropy; 0 for none, 1 as in the paper."""

    words: Annotated[WordSoftmaxConfig, Choice(SOFTMAXES)] = Field(default_factory=full_softmax)
    """How states become probabilities of the vocabulary's words."""

    def build(self, decoder: Decoder, in_dim: int, table: nn.Embedding, tied: bool) -> PointerGeneratorOutput:
        """A fresh output of a decoder, over the tokens of a table.

        Raises:
            RecipeError: if the decoder looks at no source positions, so that nothing can be pointed at.
        """
        if not decoder.attends:
            raise RecipeError(
                "E-DECODER-02",
                "the output `pointer-generator` copies what the decoder looks at, but this decoder does not attend",
                mend="use the decoder `attention` or `self-attention`, or the output `softmax`",
            )
        gate = Linear(decoder.out_dim + in_dim, 1)
        return PointerGeneratorOutput(self.words.build(decoder.out_dim, table, tied), gate, self.coverage_weight)


class PointerGeneratorOutput(Output):
    """A mixture of a softmax over the vocabulary and of the attention over the source."""

    def __init__(self, scores: WordSoftmax, gate: Linear, coverage_weight: float) -> None:
        super().__init__()
        self.scores, self.gate, self.coverage_weight = scores, gate, coverage_weight

    def forward(self, decoded: Decoded, memory: EncodedMemory) -> Tensor:
        """Log-probabilities of every token; -inf for ids that no source token of the sentence has.

        Args:
            decoded: Shapes: states (sentences, time, dim), attention (sentences, time, source).
            memory: a CopyMemory.

        Returns:
            Shape (sentences, time, vocabulary + extension).
        """
        assert isinstance(memory, CopyMemory)
        gate = self._gate(decoded)
        generated = F.logsigmoid(gate) + self.scores.log_probabilities(decoded.states)
        vocabulary = generated.shape[2]
        attention = wide(decoded.attention)
        places = memory.source.unsqueeze(1).expand_as(attention)
        shares = attention.new_zeros(*attention.shape[:2], vocabulary + memory.extension)
        copied = F.logsigmoid(-gate) + _log(shares.scatter_add(2, places, attention))
        mixed = torch.logaddexp(generated, copied[:, :, :vocabulary])
        return torch.cat([mixed, copied[:, :, vocabulary:]], dim=2)

    def loss(self, decoded: Decoded, memory: EncodedMemory, targets: Tensor) -> Loss:
        """Summed cross entropy and cost of coverage; only what a target's own probability needs is computed.

        Args:
            decoded: teacher-forced.
            memory: a CopyMemory.
            targets: gold tokens. Shape (sentences, time), long; 0 at padding.
        """
        assert isinstance(memory, CopyMemory)
        real = targets != PADDING
        gate, wanted = self._gate(decoded)[real].squeeze(1), targets[real]
        found = wide(decoded.attention) * (memory.source.unsqueeze(1) == targets.unsqueeze(2))
        # a target that can only be copied has some probability even where the attention on it underflows
        share = found.sum(dim=2)[real].clamp(min=torch.finfo(gate.dtype).tiny)
        beyond = wanted >= self.scores.tokens
        left = F.logsigmoid(gate).masked_fill(beyond, -torch.inf)
        pointed = torch.stack([left, F.logsigmoid(-gate) + share.log()], dim=1)
        total = self.scores.loss(decoded.states[real], wanted.masked_fill(beyond, UNKNOWN), pointed=pointed)
        if not self.coverage_weight:
            return Loss(total, real.sum())
        coverage = self.coverage_weight * _coverage(wide(decoded.attention))[real].sum()
        return Loss(total + coverage, real.sum(), {"coverage": coverage.detach()})

    def _gate(self, decoded: Decoded) -> Tensor:
        """The score of generating. Shape (sentences, time, 1), in at least float32."""
        return wide(self.gate(torch.cat([decoded.states, decoded.vectors], dim=2)))


def _log(shares: Tensor) -> Tensor:
    """The logarithm, -inf at 0; the gradient there is 0, not nan."""
    tiny = torch.finfo(shares.dtype).tiny
    return shares.clamp(min=tiny).log().masked_fill(shares == 0, -torch.inf)


def _coverage(attention: Tensor) -> Tensor:
    """How much each step looks where steps before looked. Shape (sentences, time, source) -> (sentences, time)."""
    before = attention.cumsum(dim=1) - attention
    return torch.minimum(attention, before).sum(dim=2)
