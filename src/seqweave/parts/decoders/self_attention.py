"""A Transformer decoder: every token written looks at those before it, and at the source, layer by layer.

    x'   = x   + attention(norm(x), norm(x))       over the tokens so far
    x''  = x'  + attention(norm(x'), memory)       over the source
    x''' = x'' + W_2 gelu(W_1 norm(x''))

In front of the layers stand a projection to their size and the positions, x_0 = norm(W y) + position, and behind them a
norm, as in the encoder of the same name. A step computes keys and values of its own token alone: those before are
kept with each hypothesis, and those of the source are computed once for a sentence.

Paper: Vaswani et al., 2017, arXiv:1706.03762, section 3; pre-norm: Xiong et al., 2020, arXiv:2002.04745. What the
decoder is said to look at is the mean over the heads of its last layer, in which no source position is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's documents use

from seqweave.layers.attention import Attention, KeysValues, LearnedPositions, SinusoidalPositions, TransformerConfig
from seqweave.layers.dropout import Dropout
from seqweave.layers.generation import (
    Decoded,
    Decoder,
    DecoderConfig,
    DecoderState,
    EncodedMemory,
    MemorySizes,
    decoder,
)
from seqweave.layers.grid import chosen, moved
from seqweave.layers.linear import Linear


@decoder("self-attention")
class SelfAttentionConfig(TransformerConfig, DecoderConfig):
    """Transformer decoder: trains over all tokens at once, and wants more data than recurrent decoders."""

    hidden: int = Field(256, ge=1)
    """Size of the states; a multiple of `heads`."""

    layers: int = Field(3, ge=1, le=64)
    """Number of layers, each of attention to the tokens so far and to the source, and a feed-forward network."""

    feed_forward: int = Field(1024, ge=1)
    """Size of the feed-forward network's inner layer; four times `hidden` is usual."""

    def build(self, in_dim: int, memory: MemorySizes) -> SelfAttentionDecoder:
        """A fresh decoder of embedded tokens of size `in_dim`, over memories of such sizes."""
        return SelfAttentionDecoder(in_dim, memory.states, self)


@dataclass(frozen=True, slots=True)
class Source:
    """The source as a layer looks at it: once for a sentence.

    Args:
        looked_at: keys and values. Each of shape (sentences, heads, source, dim / heads).
        allowed: True where the source is real. Shape (sentences, 1, 1, source), bool.
    """

    looked_at: KeysValues
    allowed: Tensor

    def select(self, sentences: Tensor) -> Source:
        """The source of some sentences. Shape of sentences: (chosen,), long."""
        keys, values = self.looked_at
        return Source((keys[sentences], values[sentences]), self.allowed[sentences])


@dataclass(frozen=True, slots=True)
class SelfAttentionState(DecoderState):
    """The keys and values of all tokens so far.

    Args:
        memory: what is read.
        sources: the memory as each layer looks at it.
        past: keys and values of each layer. Each of shape (sentences, beam, heads, time, dim / heads).
    """

    memory: EncodedMemory
    sources: tuple[Source, ...]
    past: tuple[KeysValues, ...]

    def select(self, rows: Tensor) -> SelfAttentionState:
        """The state of chosen hypotheses. Shape of rows: (sentences', beam'), long."""
        sentences = moved(rows, *self.past[0][0].shape[:2])
        past = tuple((chosen(keys, rows), chosen(values, rows)) for keys, values in self.past)
        if sentences is None:
            return SelfAttentionState(self.memory, self.sources, past)
        sources = tuple(source.select(sentences) for source in self.sources)
        return SelfAttentionState(self.memory.select(sentences), sources, past)


class DecoderLayer(nn.Module):
    """Attention to the tokens so far, attention to the source, and a feed-forward network, each around a sum."""

    def __init__(self, memory_dim: int, config: SelfAttentionConfig) -> None:
        super().__init__()
        dim = config.hidden
        self.own_norm, self.source_norm, self.widen_norm = (nn.LayerNorm(dim) for _ in range(3))
        self.own = Attention(dim, config.heads, config.dropout)
        self.source = Attention(dim, config.heads, config.dropout, memory_dim)
        self.widen = Linear(dim, config.feed_forward)
        self.narrow = Linear(config.feed_forward, dim)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, earlier: Tensor) -> Tensor:
        """States that know the tokens before them. Shapes (sentences, time, dim), (time, time) -> as x."""
        normed = self.own_norm(x)
        found: Tensor = self.dropout(self.own.attend(normed, self.own.keys_values(normed), earlier))
        return x + found

    def step(self, x: Tensor, past: KeysValues) -> tuple[Tensor, KeysValues]:
        """The same for one token of each hypothesis, shape (sentences, beam, dim), and what is kept after it."""
        sentences, beam, _ = x.shape
        normed = self.own_norm(x).flatten(0, 1).unsqueeze(1)  # (hypotheses, 1, dim)
        fresh = (part.view(sentences, beam, *part.shape[1:]) for part in self.own.keys_values(normed))
        keys, values = (torch.cat(pair, dim=3) for pair in zip(past, fresh, strict=True))
        found = self.own.attend(normed, (keys.flatten(0, 1), values.flatten(0, 1)), None)
        return x + self.dropout(found).view_as(x), (keys, values)

    def look(self, x: Tensor, source: Source) -> Tensor:
        """States that know the source. Shape (sentences, time or beam, dim), kept."""
        found = self.source.attend(self.source_norm(x), source.looked_at, source.allowed)
        return self.deepen(x + self.dropout(found))

    def show(self, x: Tensor, source: Source) -> tuple[Tensor, Tensor]:
        """What `look` returns, and where it looked: shape (sentences, time or beam, source)."""
        found, weights = self.source.looked(self.source_norm(x), source.looked_at, source.allowed)
        return self.deepen(x + self.dropout(found)), weights.mean(dim=1)

    def deepen(self, x: Tensor) -> Tensor:
        """The feed-forward network around a sum. Shape (sentences, time or beam, dim), kept."""
        wide = self.dropout(F.gelu(self.widen(self.widen_norm(x))))
        deeper: Tensor = x + self.dropout(self.narrow(wide))
        return deeper


class SelfAttentionDecoder(Decoder):
    """A stack of Transformer layers over projected tokens with positions."""

    attends = True

    def __init__(self, in_dim: int, memory_dim: int, config: SelfAttentionConfig) -> None:
        super().__init__()
        dim = self.out_dim = config.hidden
        self.project = Linear(in_dim, dim, bias=False)
        self.project_norm = nn.LayerNorm(dim)
        learned = config.positions == "learned"
        self.longest = config.limit if learned else None
        self.positions = LearnedPositions(dim, config.limit) if learned else SinusoidalPositions(dim)
        self.dropout = Dropout(config.dropout)
        self.layers = nn.ModuleList(DecoderLayer(memory_dim, config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(dim)
        self.heads = config.heads

    def forward(self, vectors: Tensor, memory: EncodedMemory, lengths: Tensor | None = None) -> Decoded:  # noqa: ARG002  # the contract's arguments
        """The states after each token.

        Args:
            vectors: embedded tokens, the beginning mark first. Shape (sentences, time, in_dim).
            memory: what is read.
            lengths: how many states are asked for; all are computed. Shape (sentences,), long.

        Returns:
            Decoded. states (sentences, time, hidden); attention (sentences, time, source).
        """
        time = vectors.shape[1]
        earlier = torch.ones(time, time, dtype=torch.bool, device=vectors.device).tril()
        x = self._begin(vectors, 0)
        *lower, top = self._layers()
        *below, source = self._sources(memory)
        for layer, seen in zip(lower, below, strict=True):
            x = layer.look(layer(x, earlier), seen)
        x, weights = top.show(top(x, earlier), source)
        return Decoded(self.norm(x), weights, vectors)

    def start(self, memory: EncodedMemory) -> SelfAttentionState:
        """The state before the first token: a grid (sentences, 1)."""
        shape = (len(memory.mask), 1, self.heads, 0, self.out_dim // self.heads)
        nothing = memory.states.new_zeros(shape)
        return SelfAttentionState(memory, self._sources(memory), ((nothing, nothing),) * len(self.layers))

    def step(self, vectors: Tensor, state: DecoderState) -> tuple[Decoded, SelfAttentionState]:
        """One token more for every hypothesis. Shape of vectors: (sentences, beam, in_dim)."""
        assert isinstance(state, SelfAttentionState)
        grid = vectors.flatten(0, 1).unsqueeze(1)  # (hypotheses, 1, in_dim)
        x = self._begin(grid, state.past[0][0].shape[3]).view(*vectors.shape[:2], -1)
        kept, weights = [], x
        for layer, past, source in zip(self._layers(), state.past, state.sources, strict=True):
            x, after = layer.step(x, past)
            kept.append(after)
            if len(kept) < len(self.layers):
                x = layer.look(x, source)
            else:
                x, weights = layer.show(x, source)
        return Decoded(self.norm(x), weights, vectors), SelfAttentionState(state.memory, state.sources, tuple(kept))

    def _begin(self, vectors: Tensor, first: int) -> Tensor:
        """What the layers read, from position `first` on. Shape (..., time, in_dim) -> (..., time, hidden)."""
        x: Tensor = self.dropout(self.positions(self.project_norm(self.project(vectors)), first))
        return x

    def _layers(self) -> list[DecoderLayer]:
        return [layer for layer in self.layers if isinstance(layer, DecoderLayer)]

    def _sources(self, memory: EncodedMemory) -> tuple[Source, ...]:
        allowed = memory.mask[:, None, None, :]
        return tuple(Source(layer.source.keys_values(memory.states), allowed) for layer in self._layers())
