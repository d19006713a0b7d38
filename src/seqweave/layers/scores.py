"""Where a decoder looks: scores between its state and every source position, made into weights, and their mean.

For state h and the memory's states g_i, with whatever depends on g_i alone computed once for a sentence:

    dot         s_i = g_i . h                                     Luong et al., 2015, arXiv:1508.04025, eq. 8
    bilinear    s_i = g_i . M h                                   the same, "general"
    scaled      s_i = g_i . M h / sqrt(dim of h)                  Vaswani et al., 2017, arXiv:1706.03762, 3.2.1
    additive    s_i = v . tanh(W_g g_i + W_h h + w_c c_i + b)     Bahdanau et al., 2015, arXiv:1409.0473, A.1.2
    softmax     a_i = exp(s_i) / sum_j exp(s_j)
    sum         a_i = p_i / sum_j p_j,  p_i = log(1 + exp(s_i))   positive scores over their plain sum
    context     z   = sum_i a_i g_i

c_i is the coverage of See et al., 2017, arXiv:1704.04368, eq. 11: how much of a_i was spent by the steps before; left
out where it is not asked for. In "sum", p grows as the score does, where exp grows as its power: it looks more widely.
Large scores make one weight almost 1 before it is known where to look, and then hardly learn; "scaled" begins smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's documents use

from seqweave.core.errors import RecipeError
from seqweave.layers.linear import Linear
from seqweave.layers.steps import Steps, sentence_steps

Score = Literal["dot", "bilinear", "scaled", "additive"]
Normalise = Literal["softmax", "sum"]

LEAST = 1e-6
"""Added to positive scores, so that their sum is never nothing."""


class Alignment(nn.Module):
    """Weights over source positions, and their mean.

    Args of the constructor: `query_dim` and `memory_dim`, sizes of the states on both sides; `coverage`, whether the
    score sees what was looked at before, which the additive one can.
    """

    def __init__(self, score: Score, normalise: Normalise, query_dim: int, memory_dim: int, coverage: bool) -> None:
        super().__init__()
        assert score == "additive" or not coverage
        if score == "dot" and query_dim != memory_dim:
            raise RecipeError(
                "E-DECODER-01",
                f"the score `dot` needs states of one size, but the decoder's have {query_dim} entries and the "
                f"encoder's {memory_dim}",
                mend=f"write `hidden: {memory_dim}` for the decoder, or `score: bilinear`",
            )
        self.normalise = normalise
        self.scale = query_dim**-0.5 if score == "scaled" else 1.0
        self.key = Linear(memory_dim, query_dim, bias=False) if score != "dot" else nn.Identity()
        self.query = Linear(query_dim, query_dim) if score == "additive" else nn.Identity()
        self.weigh = Linear(query_dim, 1, bias=False) if score == "additive" else None
        self.cover = nn.Parameter(torch.zeros(query_dim)) if coverage else None

    def keys(self, memory: Tensor) -> Tensor:
        """What of the scores depends on the memory alone. Shape (sentences, source, memory_dim) -> (..., query_dim)."""
        keys: Tensor = self.key(memory) * self.scale
        return keys

    def compares(self, keys: Tensor) -> Steps | None:
        """The scores of a pass that goes step by step, if they are products by the keys."""
        return sentence_steps(keys.transpose(1, 2), self.training) if self.weigh is None else None

    def forward(
        self,
        queries: Tensor,
        keys: Tensor,
        mask: Tensor,
        covered: Tensor | None = None,
        compare: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """How much each query looks at each source position.

        Args:
            queries: the decoder's states. Shape (sentences, time, query_dim).
            keys: from `keys`. Shape (sentences, source, query_dim).
            mask: True where the source is real. Shape (sentences, source), bool.
            covered: weights of all steps before, summed; read only with coverage. Shape (sentences, time, source).
            compare: from `compares`, in place of a product by the keys.

        Returns:
            Weights, 0 at padding, rows that add up to 1. Shape (sentences, time, source).
        """
        real = mask.unsqueeze(1)
        scores = self._scores(queries, keys, covered) if compare is None else compare(queries)
        if self.normalise == "softmax":
            # the lowest number, not -inf: a row without a real position must not become nan
            return scores.masked_fill(~real, torch.finfo(scores.dtype).min).softmax(dim=2)
        positive = (F.softplus(scores) + LEAST).masked_fill(~real, 0)
        return positive / positive.sum(dim=2, keepdim=True).clamp(min=LEAST)

    def _scores(self, queries: Tensor, keys: Tensor, covered: Tensor | None) -> Tensor:
        if self.weigh is None:
            return torch.bmm(queries, keys.transpose(1, 2))
        mixed = self.query(queries).unsqueeze(2) + keys.unsqueeze(1)  # (sentences, time, source, query_dim)
        if self.cover is not None:
            assert covered is not None
            mixed = mixed + covered.unsqueeze(3) * self.cover
        scores: Tensor = self.weigh(torch.tanh(mixed)).squeeze(3)
        return scores
