"""A translator: the source is encoded, and a decoder writes the target token by token, looking at what was encoded.

    memory = encoder([embed_1(source); ...]),   s_t = decoder(y_{t-1}, memory, s_{t-1}),   p(y_t) = output(s_t, memory)

Training gives the decoder the gold tokens; prediction searches (decoding/) for the tokens of the highest score. With
scheduled sampling, some gold tokens that the decoder reads are replaced by those it would have written after the gold
tokens before them: a first pass tells them for all positions at once, and the second one is learned from.

Paper: Sutskever, Vinyals and Le, 2014, arXiv:1409.3215 (also the reversed source); Bahdanau et al., 2015,
arXiv:1409.0473; scheduled sampling in two passes: Mihaylova and Martins, 2019, arXiv:1906.07651 (the best token, at a
fixed rate; the first pass is not learned from).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seqweave.core.configuration import Choice, Config
from seqweave.core.errors import DataError, RecipeError, shown
from seqweave.data.batches import TextBatch, TextRaw, TokenBatch
from seqweave.data.features.contract import BEGIN, END, PADDING, UNKNOWN, FeatureConfig
from seqweave.data.sizes import Sizes
from seqweave.decoding.contract import SEARCHES, Frame, Search, Stepped
from seqweave.layers.chunked import CHUNK_BYTES
from seqweave.layers.contracts import EMBEDDERS, ENCODERS, EmbedderConfig, Encoder, EncoderConfig, Loss, Model
from seqweave.layers.dropout import DropoutConfig, Rate
from seqweave.layers.embedding import EmbedderStack, features_of, stack
from seqweave.layers.generation import (
    DECODERS,
    OUTPUTS,
    CopyMemory,
    Decoded,
    Decoder,
    DecoderConfig,
    DecoderState,
    EncodedMemory,
    MemorySizes,
    Output,
    OutputConfig,
)
from seqweave.layers.recurrent import reversal, reverse
from seqweave.models.contract import ModelConfig, model
from seqweave.models.target import TargetEmbedConfig, TargetEmbedder, begun, fresh_table, shared_table
from seqweave.models.writing import written


class LongestConfig(Config):
    """How long a text may become: ratio * source tokens + extra."""

    ratio: float = Field(default=2.0, ge=0)
    """Target tokens for each source token."""

    extra: int = Field(default=10, ge=1)
    """Target tokens beside them."""


def _beam() -> Search:
    chosen = Choice(SEARCHES, Search).choose({"kind": "beam"})
    assert isinstance(chosen, Search)
    return chosen


@model("translator")
class TranslatorConfig(ModelConfig):
    """Settings of a translator."""

    batches = TextBatch

    embed: tuple[Annotated[EmbedderConfig, Choice(EMBEDDERS)], ...] = Field(min_length=1)
    """Embedders of the source; their vectors are concatenated."""
    embed_dropout: DropoutConfig = DropoutConfig()
    """Dropout of the embedded source."""
    reversed_source: bool = False
    """Whether the encoder reads the source from its end; what it found is put back into the source's order."""
    encoder: Annotated[EncoderConfig, Choice(ENCODERS)]
    """The encoder of the embedded source."""
    target_embed: TargetEmbedConfig = TargetEmbedConfig()
    """How written tokens are read."""
    decoder: Annotated[DecoderConfig, Choice(DECODERS)]
    """The decoder, which reads what was written and the source."""
    output: Annotated[OutputConfig, Choice(OUTPUTS)]
    """The output, which scores the next token."""
    tie: Literal["none", "output", "all"] = "output"
    """Tables that are one: none; those of tokens read and written; or all, that of the source's `tokens` among them."""
    scheduled_sampling: Rate = 0.0
    """Probability that training reads the model's own token in place of a gold one, from 0 to below 1."""
    write_unknown: bool = False
    """Whether the unknown token may be written."""
    search: Annotated[Search, Choice(SEARCHES, Search)] = Field(default_factory=_beam)
    """How texts are searched for."""
    longest: LongestConfig = LongestConfig()
    """How long a text may become."""

    def features(self) -> dict[str, FeatureConfig]:
        """The features its embedders read, by name."""
        return features_of(self.embed)

    def build(self, sizes: Sizes) -> Translator:
        """A fresh translator.

        Raises:
            RecipeError: if `tie: all` has nothing to share, or parts do not fit together; or if a word must be written
                that can only be copied, and the output does not copy.
        """
        if sizes.copied and not self.output.copies:
            word, kind = shown(sizes.copied), self.output.kind
            what = f"the glossary asks for {word!r}, which training never writes and the output `{kind}` does not copy"
            mend = "write `output: {kind: pointer-generator}`, or use words of the training targets"
            raise RecipeError("E-GLOSSARY-04", what, mend=mend)
        embed = stack(self.embed, sizes.features, self.embed_dropout)
        encoder, dim = self.encoder.build(embed.out_dim), self.target_embed.dim
        rows = shared_table(embed, sizes, dim) if self.tie == "all" else fresh_table(sizes, dim)
        decoder = self.decoder.build(dim, MemorySizes(encoder.out_dim, embed.out_dim))
        output = self.output.build(decoder, dim, rows, self.tie != "none")
        source = SourceEncoder(embed, encoder, self.reversed_source)
        return Translator(source, TargetEmbedder(rows, self.target_embed), decoder, output, self)


class SourceEncoder(nn.Module):
    """Source tokens to the states of an encoder, which may read them from their end."""

    def __init__(self, embed: EmbedderStack, encoder: Encoder, reversed_source: bool) -> None:
        super().__init__()
        self.embed, self.encoder, self.reversed_source = embed, encoder, reversed_source

    def forward(self, tokens: TokenBatch) -> EncodedMemory:
        """What was read. Shape of tokens: (sentences, source)."""
        vectors, mask = self.embed(tokens.features), tokens.mask
        if not self.reversed_source:
            encoded = self.encoder(vectors, mask)
            return EncodedMemory(encoded.states, vectors, encoded.summary, mask)
        order = reversal(mask)
        encoded = self.encoder(reverse(vectors, order), mask)
        return EncodedMemory(reverse(encoded.states, order), vectors, encoded.summary, mask)


class Translator(Model[TextBatch, TextRaw]):
    """Texts written from texts."""

    def __init__(
        self, source: SourceEncoder, target: TargetEmbedder, decoder: Decoder, output: Output, config: TranslatorConfig
    ) -> None:
        super().__init__()
        self.source, self.target, self.decoder, self.output = source, target, decoder, output
        self.config = config

    def read(self, batch: TextBatch) -> CopyMemory:
        """What the decoder reads. Shapes: states (sentences, source, dim), summary (sentences, dim)."""
        read = self.source(batch.tokens)
        return CopyMemory(read.states, read.vectors, read.summary, read.mask, batch.source, batch.extension)

    def decode(self, tokens: Tensor, memory: CopyMemory) -> Decoded:
        """The decoder's states before each token; any at padding, which ends a text.

        Shape (sentences, time), long -> states (sentences, time, dim).
        """
        decoded: Decoded = self.decoder(self.target(begun(tokens)), memory, (tokens != PADDING).sum(dim=1))
        return decoded

    def loss(self, batch: TextBatch) -> Loss:
        """Summed loss. Shape of the batch's targets: (sentences, time), long; 0 at padding."""
        memory, targets = self.read(batch), batch.targets
        inputs = targets
        if self.training and self.config.scheduled_sampling:
            inputs = self._sampled(targets, memory)
        return self.output.loss(self.decode(inputs, memory), memory, targets)

    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Stepped, DecoderState]:
        """One token more for every hypothesis: what a search asks. Shape (sentences, beam), long, on any device."""
        decoded, after = self.decoder.step(self.target(tokens.to(self.target.table.weight.device)), state)
        return Stepped(self.output(decoded, after.memory), decoded.attention), after

    def predict(self, batch: TextBatch) -> TextRaw:
        """The best texts that the search finds, and how the best one of each row came about."""
        return written(self, batch)

    @property
    def search(self) -> Search:
        """How texts are searched for."""
        return self.config.search

    def searching(self, config: TranslatorConfig) -> Translator:
        """The same network, its weights shared, that searches as other settings say."""
        other = copy(self)
        other.config = config
        return other

    def start(self, batch: TextBatch) -> DecoderState:
        """The state before the first token; its memory is what the decoder reads."""
        return self.decoder.start(self.read(batch))

    def replay(self, tokens: Tensor, start: DecoderState) -> tuple[Tensor, Tensor]:
        """Log-probability of each token, and where it looked, all tokens given; -inf for what cannot be written.

        Args:
            tokens: whole texts, the end mark last. Shape (sentences, time), long; 0 at padding.
            start: the state before them.

        Returns:
            Shapes (sentences, time) and (sentences, time, source).
        """
        memory = start.memory
        assert isinstance(memory, CopyMemory), "what `start` has read"
        decoded = self.decode(tokens, memory)
        logs = [_chosen(told, tokens[:, part]) for part, told in self._told(decoded, memory)]
        return torch.cat(logs, dim=1), decoded.attention

    def frame(self, batch: TextBatch, beside: Sequence[Translator] = ()) -> Frame:
        """What a search must know of the texts of a batch.

        Args:
            batch: the texts.
            beside: other networks that write them together with this one.

        Raises:
            DataError: if a text is to begin with a word that could only be copied, and no output copies.
        """
        networks = (self, *beside)
        if not any(network.config.output.copies for network in networks):
            self._require_written(batch)
        longest = self.config.longest
        lengths: list[int] = batch.tokens.mask.sum(dim=1).tolist()
        asked = [len(prefix) + sum(map(len, runs)) for prefix, runs in zip(batch.prefixes, batch.required, strict=True)]
        most = min((n.decoder.longest - 1 for n in networks if n.decoder.longest is not None), default=sys.maxsize)
        limits = [min(math.ceil(longest.ratio * length) + longest.extra, most) for length in lengths]
        return Frame(BEGIN, END, self._never, tuple(map(max, limits, asked)), batch.prefixes, batch.required)

    @property
    def _never(self) -> tuple[int, ...]:
        """What is never written."""
        return (PADDING, BEGIN) if self.config.write_unknown else (PADDING, UNKNOWN, BEGIN)

    def _require_written(self, batch: TextBatch) -> None:
        """Refuse a prefix that holds what a row adds to the vocabulary; a glossary that asks for it was never built."""
        count = self.target.table.num_embeddings
        for row, prefix in enumerate(batch.prefixes):
            copied = [token for token in prefix if token >= count]
            if copied:
                word, kind = shown(batch.added[row][copied[0] - count]), self.config.output.kind
                what = (
                    f"the text is to begin with {word!r}, and only a copy could write that, but `{kind}` copies nothing"
                )
                mend = "begin it with words of the training targets, or train with `output: {kind: pointer-generator}`"
                raise DataError("E-PREFIX-02", what, mend=mend)

    @torch.no_grad()
    def _sampled(self, targets: Tensor, memory: CopyMemory) -> Tensor:
        """Gold tokens, some replaced by what would be written in their place. Shape (sentences, time), kept."""
        decoded = self.decode(targets, memory)
        never = torch.tensor(self._never, device=targets.device)
        told = [logs.index_fill(2, never, -torch.inf) for _, logs in self._told(decoded, memory)]
        written = torch.cat([logs.argmax(dim=2) for logs in told], dim=1)
        replaced = torch.rand(targets.shape, device=targets.device) < self.config.scheduled_sampling
        return torch.where(replaced & (targets != PADDING), written, targets)

    def _told(self, decoded: Decoded, memory: CopyMemory) -> Iterator[tuple[slice, Tensor]]:
        """Log-probabilities of all tokens, a few positions at a time. Shapes (sentences, positions, tokens)."""
        sentences, time, _ = decoded.states.shape
        tokens = self.target.table.num_embeddings + memory.extension
        positions = max(1, CHUNK_BYTES // (sentences * tokens * decoded.states.element_size()))
        for start in range(0, time, positions):
            part = slice(start, min(start + positions, time))
            yield part, self.output(decoded.window(part.start, part.stop), memory)


def _chosen(logs: Tensor, tokens: Tensor) -> Tensor:
    """The log-probability of each token. Shapes (sentences, time, tokens), (sentences, time) -> (sentences, time)."""
    beyond = tokens >= logs.shape[2]
    found = logs.gather(2, tokens.masked_fill(beyond, PADDING).unsqueeze(2)).squeeze(2)
    return found.masked_fill(beyond, -torch.inf)
