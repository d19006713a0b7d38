"""The tokens that a network reads while it writes: those written so far, as vectors."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from seqweave.core.configuration import Config
from seqweave.core.errors import RecipeError
from seqweave.data.features.contract import BEGIN, END, UNKNOWN
from seqweave.data.sizes import Sizes
from seqweave.layers.dropout import DropoutConfig, Rate, word_dropout
from seqweave.layers.embedding import EmbedderStack
from seqweave.layers.tables import table

SHARED = "tokens"
"""The feature whose ids the target's are where both sides have one vocabulary."""


class TargetEmbedConfig(Config):
    """How written tokens are read."""

    dim: int = Field(default=256, ge=1)
    """Size of each token's vector."""

    word_dropout: Rate = 0.0
    """Probability that a token read becomes the unknown token while training, from 0 up to but not including 1."""

    dropout: DropoutConfig = DropoutConfig()
    """Dropout of the vectors: a rate, or {kind: standard|locked, rate}."""


class TargetEmbedder(nn.Module):
    """Vectors of written tokens; a copied token beyond the vocabulary is read as the unknown one.

    Args of the constructor: `rows`, the vectors, one for each token that can be written; `config`, the rest.
    """

    rates: Tensor

    def __init__(self, rows: nn.Embedding, config: TargetEmbedConfig) -> None:
        super().__init__()
        self.table, self.dropout = rows, config.dropout.build()
        rates = torch.full((rows.num_embeddings,), config.word_dropout)
        rates[: END + 1] = 0
        self.register_buffer("rates", rates, persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Vectors. Shape (sentences, time or beam), long -> (sentences, time or beam, dim)."""
        known = tokens.masked_fill(tokens >= self.table.num_embeddings, UNKNOWN)
        vectors: Tensor = self.dropout(self.table(word_dropout(known, self.rates, training=self.training)))
        return vectors


def begun(tokens: Tensor) -> Tensor:
    """What is read before each token: the beginning mark, then the tokens without the last. Shape kept."""
    return torch.cat([torch.full_like(tokens[:, :1], BEGIN), tokens[:, :-1]], dim=1)


def shared_table(embed: EmbedderStack, sizes: Sizes, dim: int) -> nn.Embedding:
    """The table of the source's tokens, to be that of the target, too.

    Raises:
        RecipeError: if the vocabularies are two, if no embedder of kind `tokens` reads the source, or if the sizes of
            the vectors differ.
    """
    if not sizes.joint:
        raise RecipeError(
            "E-TIE-01",
            "`tie: all` needs one vocabulary for both sides, but source and target have their own",
            mend="write `vocabulary: joint` under `data`, or `tie: output`",
        )
    tables = [embedder.table for embedder in embed.embedders if embedder.reads == (SHARED,)]
    if not tables:
        raise RecipeError(
            "E-TIE-02",
            "`tie: all` shares the table of the source's tokens, but no embedder of kind `tokens` is there",
            mend="write `embed: [{kind: tokens}]`, or `tie: output`",
        )
    rows = tables[0]
    assert isinstance(rows, nn.Embedding)
    if rows.embedding_dim != dim:
        raise RecipeError(
            "E-TIE-03",
            f"`tie: all` needs vectors of one size, but the source's have {rows.embedding_dim} entries and the "
            f"target's {dim}",
            mend=f"write `target_embed: {{dim: {rows.embedding_dim}}}`, or `tie: output`",
        )
    return rows


def fresh_table(sizes: Sizes, dim: int) -> nn.Embedding:
    """A table of the target's own."""
    return table(sizes.target.count, dim)
