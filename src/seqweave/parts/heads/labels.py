"""Any number of labels for each row: an independent yes or no for each label.

    P(label is given | row) = sigmoid(w_label summary + b_label)

Paper: Boutell et al., 2004, Pattern Recognition 37(9) (one decision for each label).
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


@head("labels")
class LabelsConfig(LabelHeadConfig):
    """None, one or several of the labels: topics of a news item, faults of a product."""

    exclusive = False

    dropout: Rate = 0.0
    """Probability that a number of the summary is dropped, from 0 up to but not including 1."""

    label_smoothing: float = Field(0.0, ge=0, lt=1)
    """How far every yes and no moves towards a half, from 0 up to but not including 1."""

    def build(self, in_dim: int, labels: LabelSpace) -> LabelsHead:
        """A fresh head over summaries of size `in_dim`."""
        return LabelsHead(in_dim, labels, self)


class LabelsHead(Head[LabelRaw]):
    """A sigmoid for each label of a row; a label's yes weighs against its no as the label space says."""

    weights: Tensor

    def __init__(self, in_dim: int, labels: LabelSpace, config: LabelsConfig) -> None:
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
        """Binary cross-entropy, summed over the labels of every row with gold and counted in rows.

        Args:
            scores: from `forward`. Shape (batch, labels).
            targets: 1 where a label is gold, NaN in rows without gold. Shape (batch, labels), float.
            mask: not read. Shape (batch, time), bool.
        """
        gold = ~targets.isnan().any(dim=1)
        answers = targets[gold].to(scores.dtype)
        answers = answers * (1 - self.label_smoothing) + self.label_smoothing / 2
        weights = self.weights.to(scores.dtype)
        total = F.binary_cross_entropy_with_logits(scores[gold], answers, pos_weight=weights, reduction="sum")
        return Loss(total, gold.sum())

    def predict(self, scores: Tensor, mask: Tensor) -> LabelRaw:  # noqa: ARG002  # rows, not positions
        """Probability of every label. Shapes (batch, labels), (batch, time) -> (batch, labels)."""
        return LabelRaw(wide(scores).sigmoid())

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002  # rows, not positions
        """Logarithm of the probability of every label. Shapes (batch, labels), (batch, time) -> (batch, labels)."""
        return F.logsigmoid(scores)
