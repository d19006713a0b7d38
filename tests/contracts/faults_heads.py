"""A sound head over rows and one over tokens, and one way to break each law of heads."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from seqweave.data.batches import LabelRaw, TagRaw
from seqweave.layers.contracts import Encoded, Head, Loss


class SoundRows(Head[LabelRaw]):
    """A softmax over rows; the faults override one step each."""

    def __init__(self, in_dim: int, labels: int) -> None:
        super().__init__()
        self.project = nn.Linear(in_dim, labels)

    def forward(self, encoded: Encoded) -> Tensor:
        return self.project(encoded.summary)

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        gold = ~targets.isnan().any(dim=1)
        return Loss(cross_entropy(scores[gold], targets[gold].to(scores.dtype), reduction="sum"), gold.sum())

    def predict(self, scores: Tensor, mask: Tensor) -> LabelRaw:
        return LabelRaw(scores.softmax(dim=1))

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.log_softmax(dim=1)


class SoundTokens(Head[TagRaw]):
    """A softmax over tokens; the faults override one step each."""

    def __init__(self, in_dim: int, labels: int) -> None:
        super().__init__()
        self.project = nn.Linear(in_dim, labels)

    def forward(self, encoded: Encoded) -> Tensor:
        return self.project(encoded.states)

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        gold = mask & (targets != -100)
        return Loss(cross_entropy(scores[gold], targets[gold], reduction="sum"), gold.sum())

    def predict(self, scores: Tensor, mask: Tensor) -> TagRaw:
        probabilities, tags = scores.softmax(dim=2).max(dim=2)
        return TagRaw(tags.masked_fill(~mask, -100), probabilities.masked_fill(~mask, 0))

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.log_softmax(dim=2)


class RowsMean(SoundRows):
    """A mean that calls itself a sum."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        loss = super().loss(scores, targets, mask)
        return Loss(loss.mean, loss.count)


class TokensMean(SoundTokens):
    """A mean that calls itself a sum."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        loss = super().loss(scores, targets, mask)
        return Loss(loss.mean, loss.count)


class TokensCountSentences(SoundTokens):
    """The count is of sentences."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        return Loss(super().loss(scores, targets, mask).total, torch.tensor(len(mask)))


class RowsCountAll(SoundRows):
    """Rows without gold are counted."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        return Loss(super().loss(scores, targets, mask).total, torch.tensor(len(mask)))


class TokensGuessMissing(SoundTokens):
    """A missing tag is read as the first one."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        return super().loss(scores, targets.clamp(min=0), mask)


class TokensReadPadding(SoundTokens):
    """Padding adds a little to the loss."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        loss = super().loss(scores, targets, mask)
        return Loss(loss.total + scores[~mask].square().sum(), loss.count)


class TokensAnswerPadding(SoundTokens):
    """Padding gets a tag, too."""

    def predict(self, scores: Tensor, mask: Tensor) -> TagRaw:
        probabilities, tags = scores.softmax(dim=2).max(dim=2)
        return TagRaw(tags, probabilities)


class RowsLeast(SoundRows):
    """The least likely label gets the greatest probability."""

    def predict(self, scores: Tensor, mask: Tensor) -> LabelRaw:
        return super().predict(-scores, mask)


class TokensSecond(SoundTokens):
    """The second best tag is taken."""

    def predict(self, scores: Tensor, mask: Tensor) -> TagRaw:
        best = one_hot(scores.argmax(dim=2), scores.shape[2]).bool()
        return super().predict(scores.masked_fill(best, float("-inf")), mask)


class TokensScoresAsProbabilities(SoundTokens):
    """Scores are handed on unnormalised."""

    def predict(self, scores: Tensor, mask: Tensor) -> TagRaw:
        raw = super().predict(scores, mask)
        return TagRaw(raw.tags, scores.amax(dim=2).masked_fill(~mask, 0))


class RowsDead(SoundRows):
    """A weight that nothing reads."""

    def __init__(self, in_dim: int, labels: int) -> None:
        super().__init__(in_dim, labels)
        self.unused = nn.Parameter(torch.ones(2))


class TokensDetached(SoundTokens):
    """The scores do not lead back to the states."""

    def forward(self, encoded: Encoded) -> Tensor:
        return self.project(encoded.states.detach())


class RowsWide(SoundRows):
    """A score too many."""

    def __init__(self, in_dim: int, labels: int) -> None:
        super().__init__(in_dim, labels + 1)


class TokensUnsure(SoundTokens):
    """The loss never comes near 0."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        return super().loss(scores.tanh(), targets, mask)


class RowsOverflow(SoundRows):
    """Exponentials before the logarithm: large scores become infinite."""

    def loss(self, scores: Tensor, targets: Tensor, mask: Tensor) -> Loss:
        gold = ~targets.isnan().any(dim=1)
        likelihood = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
        return Loss(-(likelihood[gold] * targets[gold]).sum(dim=1).log().sum(), gold.sum())


class RowsLogOfRounded(SoundRows):
    """The logarithm is taken of probabilities: none is left of an unlikely label."""

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.softmax(dim=1).log()


class TokensOtherProbabilities(SoundTokens):
    """What is told of a tag is not what it was answered with."""

    def log_probabilities(self, scores: Tensor, mask: Tensor) -> Tensor:
        return (scores / 2).log_softmax(dim=2)


class RowsUnsaved(SoundRows):
    """A random tensor that is no parameter: a loaded model differs."""

    def __init__(self, in_dim: int, labels: int) -> None:
        super().__init__(in_dim, labels)
        self.hidden = torch.randn(labels)

    def forward(self, encoded: Encoded) -> Tensor:
        return super().forward(encoded) + self.hidden


FAULTS: dict[str, tuple[type[SoundRows | SoundTokens], ...]] = {
    "loss_is_a_sum_over_rows": (RowsMean, TokensMean),
    "count_is_of_gold": (RowsCountAll, TokensCountSentences, TokensGuessMissing),
    "padding_changes_nothing": (TokensReadPadding, TokensAnswerPadding),
    "prediction_has_the_least_loss": (RowsLeast, TokensSecond),
    "probabilities_are_those_of_the_loss": (RowsLeast, TokensScoresAsProbabilities),
    "log_probabilities_are_those_of_the_answer": (RowsLogOfRounded, TokensOtherProbabilities),
    "gradient_reaches_everything": (RowsDead, TokensDetached),
    "scores_have_their_shape": (RowsWide,),
    "certain_gold_costs_nothing": (TokensUnsure,),
    "large_scores_stay_finite": (RowsOverflow,),
    "saved_equals_loaded": (RowsUnsaved,),
}
