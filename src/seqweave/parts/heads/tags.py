"""A tag for each token, each decided on its own: a softmax over the token's state.

    P(tag | token) = softmax(W state + b)

Where the tags follow a scheme such as BIO, the best sequence that keeps to it is found, so that spans come out whole.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from pydantic import Field
from torch import Tensor

from seqweave.data.batches import TagRaw
from seqweave.data.sizes import LabelSpace
from seqweave.decoding.viterbi import NO_LABEL, best_path
from seqweave.layers.constraints import Constraints
from seqweave.layers.contracts import Encoded, Head, Loss, TagHeadConfig, head
from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.linear import Linear, wide


@head("tags")
class TagsConfig(TagHeadConfig):
    """Tags that hardly depend on each other, such as parts of speech: faster than `crf`, and as good there."""

    dropout: DropoutConfig = DropoutConfig()
    """Dropout of the states: a rate, or {kind: standard|locked, rate}."""

    label_smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of each gold tag's weight that is spread over all tags, from 0 up to but not including 1."""

    constrained: bool = True
    """Predict only sequences that the tag scheme allows; training is never constrained."""

    def build(self, in_dim: int, labels: LabelSpace) -> TagsHead:
        """A fresh head over states of size `in_dim`."""
        return TagsHead(in_dim, labels, self)


class TagsHead(Head[TagRaw]):
    """Softmax over the tags of each token; gold tags weigh as the label space says."""

    weights: Tensor

    def __init__(self, in_dim: int, labels: LabelSpace, config: TagsConfig) -> None:
        super().__init__()
        self.dropout = config.dropout.build()
        self.project = Linear(in_dim, labels.count)
        self.constraints = Constraints(labels if config.constrained else LabelSpace.free(labels.count))
        self.label_smoothing = config.label_smoothing
        self.register_buffer("weights", torch.as_tensor(labels.weights, dtype=torch.float32), persistent=False)

    def forward(self, encoded: Encoded) -> Tensor:
        """Scores of every tag. Shape of the states (batch, time, dim) -> (batch, time, labels)."""
        scores: Tensor = self.project(self.dropout(encoded.states))
        return scores

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        """Summed cross-entropy over tokens with gold.

        Args:
            scores: from `forward`. Shape (batch, time, labels).
            targets: gold tags, -100 where there is none. Shape (batch, time), long.
            mask: True where a position is real. Shape (batch, time), bool.
        """
        gold = targets.masked_fill(~mask, NO_LABEL)
        total = F.cross_entropy(
            scores.flatten(0, 1),
            gold.flatten(),
            self.weights.to(scores.dtype),
            reduction="sum",
            ignore_index=NO_LABEL,
            label_smoothing=self.label_smoothing,
        )
        return Loss(total, (gold != NO_LABEL).sum())

    def predict(self, scores: Tensor, mask: Tensor) -> TagRaw:
        """The best tags that the scheme allows, each with its own probability.

        Args:
            scores: from `forward`. Shape (batch, time, labels).
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            TagRaw. Both (batch, time); -100 and 0 at padding.
        """
        shares = wide(scores).softmax(dim=2)
        if self.constraints.free:
            probabilities, tags = shares.max(dim=2)
            return TagRaw(tags.masked_fill(~mask, NO_LABEL), probabilities.masked_fill(~mask, 0))
        tags = best_path(scores, mask, self.constraints())
        chosen = shares.gather(2, tags.clamp(min=0).unsqueeze(2)).squeeze(2)
        return TagRaw(tags, chosen.masked_fill(~mask, 0))

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002  # each token for itself
        """Logarithm of the probability of every tag. Shapes (batch, time, labels), (batch, time) -> as the scores."""
        return scores.log_softmax(dim=2)
