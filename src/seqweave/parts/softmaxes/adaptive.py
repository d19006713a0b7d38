"""Adaptive softmax: frequent tokens are told at once, rare ones in two steps, by smaller vectors the rarer they are.

    p(w) = p_head(w)                                     w among the first `cutoffs[0]` tokens
    p(w) = p_head(cluster k) p_k(w)                      w in cluster k, whose scores are V_k (P_k s)

P_k shrinks the state by `shrink` to the power of k. Most targets are frequent and ask for the head alone, so that time
and weights grow slowly with the vocabulary; rare tokens are told less well. It is a model of its own, and exact as
such: its probabilities add up to one and its perplexity is over all tokens. Ids must be ordered by falling count, as
the vocabularies of words that are written are; the marks of unknown words and of a text's end stand before them.

Paper: Grave et al., 2017, arXiv:1609.04309, section 4; by torch.nn.AdaptiveLogSoftmaxWithLoss.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from seqweave.core.errors import RecipeError
from seqweave.layers.linear import wide
from seqweave.layers.words import WordSoftmax, WordSoftmaxConfig, softmax


@softmax("adaptive")
class AdaptiveSoftmaxConfig(WordSoftmaxConfig):
    """An approximation for large vocabularies: frequent tokens first, others in groups of smaller vectors."""

    smooths = False
    ties = False

    cutoffs: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Ids at which clusters of rarer tokens begin, rising; none: at a twentieth and at a quarter of the vocabulary."""
    shrink: float = Field(4.0, ge=1)
    """How many times smaller each cluster's vectors are than those of the one before."""

    @field_validator("cutoffs")
    @classmethod
    def _rising(cls, cutoffs: tuple[int, ...]) -> tuple[int, ...]:
        if list(cutoffs) != sorted(set(cutoffs)):
            raise ValueError("cutoffs must rise")
        return cutoffs

    def build(self, in_dim: int, table: nn.Embedding, tied: bool) -> AdaptiveSoftmax:
        """A fresh layer over the tokens of a table.

        Raises:
            RecipeError: if it is to recognise tokens by the table's rows, a cluster begins beyond the vocabulary, or a
                cluster's vectors would have no entry.
        """
        if tied:
            raise RecipeError(
                "E-SOFTMAX-01",
                "an adaptive softmax has vectors of several sizes, so the table of tokens cannot be tied to it",
                mend="set model.tie to false (a translator's to none), or use the kind `full`",
            )
        tokens = table.num_embeddings
        cutoffs = self.cutoffs or tuple(sorted({max(1, tokens // 20), max(1, tokens // 4)}))
        if cutoffs[-1] >= tokens:
            raise RecipeError(
                "E-SOFTMAX-02",
                f"a cluster of tokens begins at {cutoffs[-1]:,}, but the vocabulary has {tokens:,} tokens",
                mend="lower `cutoffs`, leave them out, or use the kind `full`",
            )
        if in_dim < self.shrink ** len(cutoffs):
            raise RecipeError(
                "E-SOFTMAX-03",
                f"states of {in_dim} numbers, shrunk {self.shrink:g} times for each of {len(cutoffs)} clusters, are "
                "nothing",
                mend="give fewer `cutoffs`, lower `shrink`, or use the kind `full`",
            )
        return AdaptiveSoftmax(nn.AdaptiveLogSoftmaxWithLoss(in_dim, tokens, list(cutoffs), self.shrink))


class AdaptiveSoftmax(WordSoftmax):
    """A head of frequent tokens and clusters of rare ones."""

    def __init__(self, clusters: nn.AdaptiveLogSoftmaxWithLoss) -> None:
        super().__init__()
        self.clusters, self.tokens = clusters, clusters.n_classes

    def loss(self, states: Tensor, targets: Tensor, smoothing: float = 0.0, pointed: Tensor | None = None) -> Tensor:
        """Summed negative log-probability; of a cluster, scores exist where a target is in it.

        Args:
            states: Shape (positions, in_dim).
            targets: Shape (positions,), long.
            smoothing: 0: smoothing needs the probabilities of all tokens.
            pointed: Shape (positions, 2).
        """
        assert not smoothing, "the config does not smooth"
        with _one_format(states):
            gold: Tensor = self.clusters(wide(states), targets).output
        gold = gold + self._nothing(targets)
        if pointed is not None:
            gold = torch.logaddexp(pointed[:, 0] + gold, pointed[:, 1])
        return -gold.sum()

    def _nothing(self, targets: Tensor) -> Tensor:
        """Zero, with a gradient of zero for clusters that no target is in: ranks that share theirs wait for each."""
        cluster = torch.bucketize(targets, torch.tensor(self.clusters.cutoffs[:-1], device=targets.device), right=True)
        idle = set(range(1, self.clusters.n_clusters + 1)) - set(cluster.tolist())
        rows = [weight.sum() for k in idle for weight in self.clusters.tail[k - 1].parameters()]
        return 0 * torch.stack(rows).sum() if rows else targets.new_zeros((), dtype=torch.float32)

    def log_probabilities(self, states: Tensor) -> Tensor:
        """Of every token. Shape (..., in_dim) -> (..., tokens)."""
        with _one_format(states):
            logs: Tensor = self.clusters.log_prob(wide(states.flatten(0, -2)))
        return logs.view(*states.shape[:-1], self.tokens)


def _one_format(states: Tensor) -> torch.autocast:
    """No autocast: torch's clusters write numbers of one format beside those of another, which it refuses."""
    return torch.autocast(states.device.type, enabled=False)
