"""Multi-head attention, the Transformer layer over it, and the positions it needs to tell words apart.

Paper: Vaswani et al., 2017, arXiv:1706.03762, section 3; pre-norm: Xiong et al., 2020, arXiv:2002.04745.

    attention(q, k, v) = softmax(q k^T / sqrt(dim / heads)) v               heads side by side, over real keys alone
    x'  = x  + attention(norm(x)),   x'' = x' + W_2 gelu(W_1 norm(x'))      pre-norm: trains without a warm-up
"""

from __future__ import annotations

import math
from typing import Literal, Self

import torch
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's documents use

from seqweave.core.configuration import Config
from seqweave.core.errors import DataError
from seqweave.layers.dropout import Dropout, Rate
from seqweave.layers.linear import Linear

WAVELENGTH = 10_000
"""Longest wavelength of the sinusoids over 2 pi, Vaswani et al., section 3.5."""


KeysValues = tuple[Tensor, Tensor]
"""Keys and values of a memory. Each of shape (batch, heads, memory_time, dim / heads)."""


class TransformerConfig(Config):
    """Settings that all stacks of Transformer layers have."""

    hidden: int = Field(128, ge=1)
    """Size of the states; a multiple of `heads`."""

    layers: int = Field(2, ge=1, le=64)
    """Number of layers, each of attention and a feed-forward network."""

    heads: int = Field(4, ge=1)
    """Number of places that a position looks at independently in each attention."""

    feed_forward: int = Field(512, ge=1)
    """Size of the feed-forward network's inner layer; four times `hidden` is usual."""

    positions: Literal["sinusoidal", "learned"] = "sinusoidal"
    """How a position is told from others: fixed waves of any length, or learned vectors up to `limit`."""

    limit: int = Field(512, ge=1)
    """Number of positions that are learned; longer texts are refused. Without effect on sinusoidal positions."""

    dropout: Rate = 0.1
    """Probability that a number (or, in attention, a key) is dropped, from 0 to below 1."""

    @model_validator(mode="after")
    def _heads_share_equally(self) -> Self:
        if self.hidden % self.heads:
            facts = {"hidden": self.hidden, "heads": self.heads}
            raise PydanticCustomError("heads", "hidden ({hidden}) is no multiple of heads ({heads})", facts)
        return self


class Attention(nn.Module):
    """Multi-head attention of queries over a memory (their own sequence, or another).

    Args of the constructor: `dim`, the size of queries and result; `heads`, a divisor of it; `dropout_rate`, the
    probability that a query ignores a key while training; `memory_dim`, the size of the memory, `dim` unless given.
    """

    def __init__(self, dim: int, heads: int, dropout_rate: float, memory_dim: int | None = None) -> None:
        super().__init__()
        self.heads, self.dropout_rate = heads, dropout_rate
        self.query = Linear(dim, dim)
        self.key_value = Linear(memory_dim or dim, 2 * dim)
        self.output = Linear(dim, dim)
        for projection in (self.query.weight, *self.key_value.weight.chunk(2)):
            nn.init.xavier_uniform_(projection)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        """What each query finds.

        Args:
            x: queries. Shape (batch, time, dim).
            memory: what is attended to. Shape (batch, memory_time, dim).
            mask: True where the memory is real, at least once in a row. Shape (batch, memory_time), bool.

        Returns:
            Shape (batch, time, dim).
        """
        return self.attend(x, self.keys_values(memory), mask[:, None, None, :])

    def keys_values(self, memory: Tensor) -> KeysValues:
        """What of attention depends on the memory alone. Shape (batch, memory_time, dim) -> as `KeysValues`."""
        keys, values = self.key_value(memory).chunk(2, dim=-1)
        return self._split(keys), self._split(values)

    def attend(self, x: Tensor, memory: KeysValues, allowed: Tensor | None) -> Tensor:
        """What each query finds in a memory that is made ready.

        Args:
            x: queries. Shape (batch, time, dim).
            memory: from `keys_values`.
            allowed: True where a query may look, at least once for each; None for everywhere. Shape (batch, heads,
                time, memory_time), bool, any of them 1.

        Returns:
            Shape (batch, time, dim).
        """
        rate = self.dropout_rate if self.training else 0.0
        queries = self._split(self.query(x))
        found = F.scaled_dot_product_attention(queries, *memory, attn_mask=allowed, dropout_p=rate)
        merged: Tensor = self.output(found.transpose(1, 2).flatten(2))  # (batch, time, dim)
        return merged

    def observed(self, x: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What `forward` returns without dropout, and how much each query looks at each key: the slow, open path.

        Args:
            x: queries. Shape (batch, time, dim).
            memory: what is attended to. Shape (batch, memory_time, dim).
            mask: True where the memory is real, at least once in a row. Shape (batch, memory_time), bool.

        Returns:
            The result (batch, time, dim), and the weights (batch, heads, time, memory_time), which add up to 1.
        """
        return self.looked(x, self.keys_values(memory), mask[:, None, None, :])

    def looked(self, x: Tensor, memory: KeysValues, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """What `attend` returns without dropout, and how much each query looks at each key.

        Args:
            x: queries. Shape (batch, time, dim).
            memory: from `keys_values`.
            allowed: as in `attend`.

        Returns:
            The result (batch, time, dim), and the weights (batch, heads, time, memory_time), which add up to 1.
        """
        keys, values = memory
        queries = self._split(self.query(x))
        scores = queries @ keys.transpose(2, 3) / math.sqrt(keys.shape[3])  # (batch, heads, time, memory_time)
        # the lowest number, not -inf: a row without a real key must not become nan
        weights = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min).softmax(dim=3)
        found = weights @ values
        return self.output(found.transpose(1, 2).flatten(2)), weights

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)  # (batch, heads, time, dim / heads)


class TransformerLayer(nn.Module):
    """Self-attention and a feed-forward network, each after a norm and around a residual sum."""

    def __init__(self, dim: int, heads: int, feed_forward: int, dropout_rate: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim, heads, dropout_rate)
        self.widen_norm = nn.LayerNorm(dim)
        self.widen = Linear(dim, feed_forward)
        self.narrow = Linear(feed_forward, dim)
        self.dropout = Dropout(dropout_rate)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Deeper states of every position. Shapes (batch, time, dim), (batch, time) -> (batch, time, dim)."""
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, mask))
        wide = self.dropout(F.gelu(self.widen(self.widen_norm(x))))
        deeper: Tensor = x + self.dropout(self.narrow(wide))
        return deeper


class SinusoidalPositions(nn.Module):
    """Waves of growing length, one per pair of entries: no weights, and no limit to the length."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor, first: int = 0) -> Tensor:
        """Vectors with their positions added, from `first` on. Shape (batch, time, dim) -> (batch, time, dim)."""
        # fp32 at least: half precision cannot tell position 2049 from 2048
        precision = torch.promote_types(x.dtype, torch.float32)
        places = torch.arange(first, first + x.shape[1], device=x.device, dtype=precision)
        pairs = torch.arange(0, self.dim, 2, device=x.device, dtype=precision)
        angles = places.unsqueeze(1) * torch.exp(pairs * (-math.log(WAVELENGTH) / self.dim))  # (time, pairs)
        waves = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)  # (time, 2 * pairs)
        return x + waves[:, : self.dim].to(x.dtype)


class LearnedPositions(nn.Module):
    """One learned vector a position, up to a limit."""

    def __init__(self, dim: int, limit: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(limit, dim))
        nn.init.normal_(self.table, std=dim**-0.5)

    def forward(self, x: Tensor, first: int = 0) -> Tensor:
        """Vectors with their positions added, from `first` on. Shape (batch, time, dim) -> (batch, time, dim).

        Raises:
            DataError: if a row is longer than the limit.
        """
        last = first + x.shape[1]
        if last > len(self.table):
            raise DataError(
                "E-ENC-01",
                f"a text has {last} positions, but the model has learned only {len(self.table)}",
                mend="cut the text, or train with a larger `limit` or with `positions: sinusoidal`",
            )
        return x + self.table[first:last]
