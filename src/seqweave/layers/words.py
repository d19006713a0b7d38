"""A score for every token of a vocabulary, with weights of its own or with the vectors by which the tokens are read."""

from __future__ import annotations

from torch import Tensor, nn

from seqweave.layers.linear import Linear


class WordScores(nn.Module):
    """States to scores of every token.

    Args of the constructor: `in_dim`, size of the states; `table`, the vectors of the tokens that are read; `tied`,
    whether a token is also recognised by its row of the table, after a projection where the sizes differ.
    """

    def __init__(self, in_dim: int, table: nn.Embedding, tied: bool) -> None:
        super().__init__()
        count, dim = table.weight.shape
        projected = tied and in_dim != dim
        self.project = Linear(in_dim, dim, bias=False) if projected else nn.Identity()
        self.words = Linear(dim if tied else in_dim, count)
        nn.init.zeros_(self.words.bias)
        if tied:
            self.words.weight = table.weight

    def recognised(self, states: Tensor) -> Tensor:
        """What is compared with each token's row. Shape (..., in_dim) -> (..., dim)."""
        vectors: Tensor = self.project(states)
        return vectors

    def forward(self, states: Tensor) -> Tensor:
        """Scores of every token. Shape (..., in_dim) -> (..., tokens)."""
        scores: Tensor = self.words(self.recognised(states))
        return scores
