"""A linear classifier over a bag of n-grams: the baseline beside every network, and a strong model of its own.

Multinomial logistic regression with an L2 penalty over binary n-gram features x, scaled per feature and label:

    score_l = sum_f x_f s_fl w_fl + b_l

With naive-Bayes weighting, s_fl is the log-count ratio of feature f between label l and the other labels, as in NBSVM;
with tf-idf, s_f is the smoothed inverse document frequency and rows are scaled to unit length. The objective is convex
and is minimised over the whole training set at once by L-BFGS, so that the result does not depend on any seed.

Paper: Wang and Manning, 2012, ACL short papers, "Baselines and Bigrams", section 2.3 (there with a linear SVM).
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seqweave.data.batches import LabelBatch, LabelRaw
from seqweave.data.features.bag import BagConfig
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.sizes import Sizes
from seqweave.layers.contracts import FittedModel, Loss
from seqweave.models.contract import ModelConfig, model

Weighting = Literal["naive-bayes", "tf-idf", "binary"]


@model("linear")
class LinearConfig(ModelConfig):
    """Settings of a linear classifier."""

    batches = LabelBatch

    ngrams: int = Field(default=2, ge=1, le=5)
    """Longest n-gram, in tokens."""
    min_count: int = Field(default=2, ge=1)
    """How many training texts an n-gram must stand in to be a feature."""
    lowercase: bool = True
    """Whether upper and lower case are one."""
    weighting: Weighting = "naive-bayes"
    """naive-bayes: log-count ratios; tf-idf: inverse document frequencies, rows of unit length; binary: none."""
    smoothing: float = Field(default=1.0, gt=0)
    """Count added to every n-gram in the log-count ratios."""
    strength: float = Field(default=1.0, gt=0)
    """Inverse strength of the L2 penalty (scikit-learn's C): larger fits the training texts more closely."""
    iterations: int = Field(default=100, ge=1)
    """L-BFGS iterations at most."""

    def features(self) -> dict[str, FeatureConfig]:
        """The features its embedders read, by name."""
        return {"bag": BagConfig(order=self.ngrams, min_count=self.min_count, lowercase=self.lowercase)}

    def build(self, sizes: Sizes) -> LinearClassifier:
        """A fresh linear classifier, all weights zero."""
        return LinearClassifier(sizes.features["bag"].count, sizes.labels.count, self)


class LinearClassifier(FittedModel[LabelBatch, LabelRaw]):
    """Multinomial logistic regression over a bag of n-grams.

    Args:
        features: number of n-gram ids.
        labels: number of labels.
        config: its settings.
    """

    def __init__(self, features: int, labels: int, config: LinearConfig) -> None:
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(torch.zeros(features, labels))
        self.bias = nn.Parameter(torch.zeros(labels))
        self.scale: Tensor
        self.register_buffer("scale", torch.ones(features, labels))

    def scores(self, batch: LabelBatch) -> Tensor:
        """Scores of every label. Shape (batch, labels)."""
        ids, starts = batch.tokens.features["bag"], batch.tokens.features["bag.offsets"][:-1]
        summed: Tensor = nn.functional.embedding_bag(ids, self.weight * self.scale, starts, mode="sum")
        return summed / self._norms(batch) + self.bias

    def loss(self, batch: LabelBatch) -> Loss:
        """Summed loss. Shapes: tokens (batch, time), gold as the batch holds it -> scalars."""
        real = ~batch.targets.isnan().any(dim=1)
        scores = self.scores(batch)[real].log_softmax(dim=1)
        return Loss(-(scores * batch.targets[real]).sum(), real.sum())

    def predict(self, batch: LabelBatch) -> LabelRaw:
        """Raw answers. Shapes as in the raw answer's class."""
        return LabelRaw(self.scores(batch).softmax(dim=1))

    @torch.no_grad()
    def fit(self, batch: LabelBatch) -> int:
        """Set the scales, then minimise the penalised loss over all rows at once.

        The objective is the mean cross entropy + |w|^2 / (2 strength rows), scikit-learn's with C = strength.

        Args:
            batch: the whole training set, every row with gold.

        Returns:
            How many times the objective was evaluated.
        """
        ids, offsets = batch.tokens.features["bag"], batch.tokens.features["bag.offsets"]
        size = (len(batch), len(self.weight))
        binary = torch.sparse_csr_tensor(offsets, ids, torch.ones(len(ids)), size=size)
        self.scale.copy_(self._scales(binary.t().to_sparse_csr(), batch.targets))
        values = (1 / self._norms(batch)).squeeze(1).repeat_interleave(offsets.diff())
        return self._minimise(torch.sparse_csr_tensor(offsets, ids, values, size=size), batch.targets)

    def _norms(self, batch: LabelBatch) -> Tensor:
        """What the summed scores of each row are divided by. Shape (batch, 1)."""
        if self.config.weighting != "tf-idf":
            return torch.ones(len(batch), 1)
        ids, starts = batch.tokens.features["bag"], batch.tokens.features["bag.offsets"][:-1]
        squares: Tensor = nn.functional.embedding_bag(ids, self.scale[:, :1] ** 2, starts, mode="sum")
        return squares.sqrt().clamp(min=torch.finfo().tiny)

    def _scales(self, transposed: Tensor, targets: Tensor) -> Tensor:
        """Scale of every feature and label. Shapes: (features, rows) sparse, (rows, labels) -> (features, labels)."""
        if self.config.weighting == "binary":
            return torch.ones_like(self.scale)
        if self.config.weighting == "tf-idf":
            documents = transposed @ torch.ones(len(targets), 1)
            return (((1 + len(targets)) / (1 + documents)).log() + 1).expand_as(self.scale)
        inside = transposed @ targets + self.config.smoothing
        outside = transposed @ (1 - targets) + self.config.smoothing
        return (inside / inside.sum(dim=0)).log() - (outside / outside.sum(dim=0)).log()

    def _minimise(self, rows: Tensor, targets: Tensor) -> int:
        transposed = rows.t().to_sparse_csr()
        parameters = [self.weight, self.bias]
        solver = torch.optim.LBFGS(parameters, max_iter=self.config.iterations, line_search_fn="strong_wolfe")
        penalty = 1 / (self.config.strength * len(targets))
        evaluations = 0

        def closure() -> float:
            nonlocal evaluations
            evaluations += 1
            log_probabilities = (rows @ (self.weight * self.scale) + self.bias).log_softmax(dim=1)
            # Of softmax cross entropy: p - y. Explicit, because autograd would build the sparse transpose each time.
            error = (log_probabilities.exp() - targets) / len(targets)
            self.weight.grad = (transposed @ error) * self.scale + penalty * self.weight
            self.bias.grad = error.sum(dim=0)
            loss = -(log_probabilities * targets).sum() / len(targets) + penalty / 2 * self.weight.square().sum()
            return float(loss)

        solver.step(closure)  # type: ignore[no-untyped-call]  # torch declares it so
        return evaluations
