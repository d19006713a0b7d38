"""Tags for a whole sentence at once: a linear-chain conditional random field over the states.

    score(tags) = start(tag_1) + sum_t (W state_t + b)[tag_t] + sum_t between(tag_t, tag_{t+1}) + end(tag_n)
    P(tags | sentence) = exp(score(tags)) / sum over all sequences of exp(score)

Paper: Lafferty et al., 2001; over a recurrent network: Lample et al., 2016, arXiv:1603.01360, section 2.2.

What a tag scheme forbids is left out of predictions alone. Under hard constraints in training, a gold sequence that
breaks its own scheme (real corpora hold some) would be impossible, and its loss a meaningless constant.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqweave.data.batches import TagRaw
from seqweave.data.sizes import LabelSpace
from seqweave.decoding.chain import log_marginals, log_partition, marginals, path_score
from seqweave.decoding.transitions import Transitions
from seqweave.decoding.viterbi import NO_LABEL, best_path
from seqweave.layers.constraints import Constraints
from seqweave.layers.contracts import Encoded, Head, Loss, TagHeadConfig, head
from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.linear import Linear


@head("crf")
class CRFConfig(TagHeadConfig):
    """Tags that depend on their neighbours, such as the begin and inside of names and chunks."""

    dropout: DropoutConfig = DropoutConfig()
    """Dropout of the states: a rate, or {kind: standard|locked, rate}."""

    constrained: bool = True
    """Predict only sequences that the tag scheme allows; training is never constrained."""

    def build(self, in_dim: int, labels: LabelSpace) -> CRFHead:
        """A fresh head over states of size `in_dim`."""
        return CRFHead(in_dim, labels, self)


class CRFHead(Head[TagRaw]):
    """Scores of tags from states, and learned scores of neighbouring tags; label weights do not apply to sequences."""

    def __init__(self, in_dim: int, labels: LabelSpace, config: CRFConfig) -> None:
        super().__init__()
        self.dropout = config.dropout.build()
        self.project = Linear(in_dim, labels.count)
        self.between = nn.Parameter(torch.zeros(labels.count, labels.count))
        self.starts = nn.Parameter(torch.zeros(labels.count))
        self.ends = nn.Parameter(torch.zeros(labels.count))
        self.constraints = Constraints(labels if config.constrained else LabelSpace.free(labels.count))

    @property
    def transitions(self) -> Transitions:
        """The learned scores of neighbours."""
        return Transitions(self.between, self.starts, self.ends)

    def forward(self, encoded: Encoded) -> Tensor:
        """Scores of every tag at every token. Shape of the states (batch, time, dim) -> (batch, time, labels)."""
        scores: Tensor = self.project(self.dropout(encoded.states))
        return scores

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        """Summed negative log-likelihood of gold sequences; a sentence with any tag missing is left out.

        Counted in tokens, so that learning rates and losses compare with those of `tags`.

        Args:
            scores: from `forward`. Shape (batch, time, labels).
            targets: gold tags, -100 where there is none. Shape (batch, time), long.
            mask: True where a position is real. Shape (batch, time), bool.
        """
        gold = ((targets != NO_LABEL) | ~mask).all(dim=1)
        scores, targets, mask = scores[gold].to(self.between.dtype), targets[gold], mask[gold]
        # The difference below is blind to a constant at a position; without it float32 keeps the digits that matter.
        scores = scores - scores.detach().amax(dim=2, keepdim=True)
        everything = log_partition(scores, mask, self.transitions)
        total = (everything - path_score(scores, mask, self.transitions, targets)).sum()
        return Loss(total, mask.sum())

    def predict(self, scores: Tensor, mask: Tensor) -> TagRaw:
        """The best sequence that the scheme allows, each tag with its marginal probability in the trained model.

        Args:
            scores: from `forward`. Shape (batch, time, labels).
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            TagRaw. Both (batch, time); -100 and 0 at padding.
        """
        tags = best_path(scores, mask, self.transitions + self.constraints())
        shares = marginals(scores, mask, self.transitions)
        chosen = shares.gather(2, tags.clamp(min=0).unsqueeze(2)).squeeze(2)
        return TagRaw(tags, chosen)

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Logarithm of every tag's marginal. Shapes (batch, time, labels), (batch, time) -> as the scores."""
        return log_marginals(scores, mask, self.transitions)
