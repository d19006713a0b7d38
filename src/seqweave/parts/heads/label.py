"""One label for each row: a softmax over the row's summary.

    P(label | row) = softmax(W summary + b)

Label smoothing: Szegedy et al., 2016, arXiv:1512.00567, section 7.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from pydantic import Field
from torch import Tensor, nn

from seqweave.data.batches import LabelRaw
from seqweave.data.sizes import LabelSpace
from seqweave.layers.contracts import Encoded, Head, LabelHeadConfig, Loss, head
from seqweave.layers.dropout import Rate
from seqweave.layers.linear import Linear, wide


@head("label")
class LabelConfig(LabelHeadConfig):
    """Exactly one of several labels: sentiment, topic, intent."""

    dropout: Rate = 0.0
    """Probability that a number of the summary is dropped, from 0 up to but not including 1."""

    label_smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of each gold label's weight that is spread over all labels, from 0 up to but not including 1."""

    def build(self, in_dim: int, labels: LabelSpace) -> LabelHead:
        """A fresh head over summaries of size `in_dim`."""
        return LabelHead(in_dim, labels, self)


class LabelHead(Head[LabelRaw]):
    """Softmax over the labels of a row; gold labels weigh as the label space says."""

    weights: Tensor

    def __init__(self, in_dim: int, labels: LabelSpace, config: LabelConfig) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.dropout)
        self.project = Linear(in_dim, labels.count)
        self.label_smoothing = config.label_smoothing
        self.register_buffer("weights", torch.as_tensor(labels.weights, dtype=torch.float32), persistent=False)

    def forward(self, encoded: Encoded) -> Tensor:
        """Scores of every label. Shape of the summary (batch, dim) -> (batch, labels)."""
        scores: Tensor = self.project(self.dropout(encoded.summary))
        return scores

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:  # noqa: ARG002  # rows, not positions
        """Summed cross-entropy over rows with gold; several gold labels of a row share its weight.

        Args:
            scores: from `forward`. Shape (batch, labels).
            targets: 1 where a label is gold, NaN in rows without gold. Shape (batch, labels), float.
            mask: not read. Shape (batch, time), bool.
        """
        gold = ~targets.isnan().any(dim=1)
        shares = targets[gold].to(scores.dtype)
        shares = shares / shares.sum(dim=1, keepdim=True).clamp(min=1)
        weights = self.weights.to(scores.dtype)
        total = F.cross_entropy(scores[gold], shares, weights, reduction="sum", label_smoothing=self.label_smoothing)
        return Loss(total, gold.sum())

    def predict(self, scores: Tensor, mask: Tensor) -> LabelRaw:  # noqa: ARG002  # rows, not positions
        """Probability of every label. Shapes (batch, labels), (batch, time) -> (batch, labels)."""
        return LabelRaw(wide(scores).softmax(dim=1))

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002  # rows, not positions
        """Logarithm of the probability of every label. Shapes (batch, labels), (batch, time) -> (batch, labels)."""
        return scores.log_softmax(dim=1)
