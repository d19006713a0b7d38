"""A language model: each token of a text is told from all those before it, which an encoder carries in its state.

    s_t = encoder(dropout(E[w_{t-1}]), s_{t-1}),   p(w_t) = softmax(W dropout(s_t) + b),   tied: W = E

What was read before a window comes into it as the encoder's state, so that a text of any length is read window by
window. Dropout has four places: whole rows of E, one and the same wherever a token stands (`row_dropout`), the vectors
that are read (`embed.dropout`), the states of the encoder's layers (`encoder.dropout`), and those that are compared
with the words (`output_dropout`).

Paper: Mikolov et al., 2010, doi:10.21437/Interspeech.2010-343; with LSTM and dropout, Zaremba et al., 2014,
arXiv:1409.2329; tied, Inan et al., 2017, arXiv:1611.01462, and Press and Wolf, 2017, arXiv:1608.05859; the places of
dropout, and what states cost (layers/activity.py), Merity et al., 2018, arXiv:1708.02182.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from seqweave.core.configuration import Choice, Config
from seqweave.core.errors import RecipeError
from seqweave.data.batches import ScoreRaw, StreamBatch
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.sizes import Sizes
from seqweave.decoding.contract import SEARCHES, Search
from seqweave.layers.activity import activation, temporal_activation
from seqweave.layers.carrying import CarryingModel
from seqweave.layers.chunked import CHUNK_BYTES
from seqweave.layers.contracts import ENCODERS, Encoded, EncoderConfig, Loss, State, StatefulEncoder
from seqweave.layers.dropout import DropoutConfig, Rate, embedding_dropout
from seqweave.layers.tables import table
from seqweave.layers.words import SOFTMAXES, WordSoftmax, WordSoftmaxConfig, full_softmax
from seqweave.models.contract import ModelConfig, model

WINDOW = 256
"""Positions of texts that are read at once where nothing is learned: memory does not grow with their length."""


class ReadTokensConfig(Config):
    """How tokens are read."""

    dim: int = Field(default=256, ge=1)
    """Size of each token's vector."""
    scale: float | None = Field(default=None, gt=0)
    """Standard deviation of the numbers that a vector begins with; not given, vectors have length 1 on average."""
    row_dropout: Rate = 0.0
    """Probability that a token's vector is zero at all its places in a batch, from 0 up to but not including 1."""
    dropout: DropoutConfig = DropoutConfig()
    """Dropout of the vectors that are read: a rate, or {kind: standard|locked, rate}."""


def _sampling() -> Search:
    chosen = Choice(SEARCHES, Search).choose({"kind": "sampling", "top_p": 0.9})
    assert isinstance(chosen, Search)
    return chosen


@model("language-model")
class LanguageModelConfig(ModelConfig):
    """Settings of a language model."""

    batches = StreamBatch

    embed: ReadTokensConfig = ReadTokensConfig()
    """How tokens are read."""
    encoder: Annotated[EncoderConfig, Choice(ENCODERS)]
    """The encoder, which must read in one direction and be able to go on where it stopped."""
    output_dropout: DropoutConfig = DropoutConfig()
    """Dropout of the states that are compared with the words, beside that which the encoder has for its layers, the top
    one included: rates a and b together drop 1 - (1 - a)(1 - b)."""
    output: Annotated[WordSoftmaxConfig, Choice(SOFTMAXES)] = Field(default_factory=full_softmax)
    """How states become probabilities of words."""
    activation: float = Field(default=0.0, ge=0)
    """Weight of the mean square of the states that are compared with the words, added to the training loss (AR)."""
    temporal_activation: float = Field(default=0.0, ge=0)
    """Weight of the mean square of what changes in the states from a token to the next, before dropout (TAR)."""
    tie: bool = True
    """Whether the table of tokens that are read also tells them; projected where its size is not that of the states."""
    search: Annotated[Search, Choice(SEARCHES, Search)] = Field(default_factory=_sampling)
    """How a text is continued: sampling, greedy, beam ..."""
    longest: int = Field(default=50, ge=1)
    """Tokens that a text is continued by at most; the end of a line ends it, too."""

    def features(self) -> dict[str, FeatureConfig]:
        """None: it reads the tokens that it tells."""
        return {}

    def build(self, sizes: Sizes) -> LanguageModel:
        """A fresh language model.

        Raises:
            RecipeError: if the encoder cannot go on where it stopped.
        """
        rows = table(sizes.target.count, self.embed.dim, self.embed.scale)
        encoder = self.encoder.build(self.embed.dim)
        if not isinstance(encoder, StatefulEncoder):
            what = f"an encoder of kind {self.encoder.kind!r} cannot go on where it stopped"
            raise RecipeError("E-LM-04", what, mend="use one that reads step by step, such as `kind: lstm`")
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            encoder.run(torch.zeros(1, 1, self.embed.dim), torch.ones(1, 1, dtype=torch.bool), None)
        return LanguageModel(rows, encoder, self.output.build(encoder.out_dim, rows, self.tie), self)


class LanguageModel(CarryingModel[StreamBatch, ScoreRaw]):
    """The probability of every token of a text."""

    def __init__(
        self, rows: nn.Embedding, encoder: StatefulEncoder, scores: WordSoftmax, config: LanguageModelConfig
    ) -> None:
        super().__init__()
        self.table, self.encoder, self.scores = rows, encoder, scores
        self.read_dropout, self.output_dropout = config.embed.dropout.build(), config.output_dropout.build()
        self.config = config

    def read(self, tokens: Tensor, mask: Tensor, carry: State | None) -> tuple[Tensor, State]:
        """States behind each token, and what is carried on.

        Args:
            tokens: Shape (batch, time), long.
            mask: True where a position is real. Shape (batch, time), bool.
            carry: from the window before; None where texts begin. Shapes (batch, ...).

        Returns:
            Shape (batch, time, dim), and the encoder's state.
        """
        encoded, after = self._encoded(tokens, mask, carry)
        return self.output_dropout(encoded.states), after

    def loss_from(self, batch: StreamBatch, carry: State | None) -> tuple[Loss, State]:
        """Summed negative log-probability, and what the states cost. Shapes: targets (batch, time), carry (batch, ...).

        The costs stand only in training mode, so that in `eval()` mode the loss is that of the probabilities told.
        """
        mask = batch.mask
        encoded, after = self._encoded(batch.inputs, mask, carry)
        states = self.output_dropout(encoded.states)
        told = self.scores.loss(states[mask], batch.targets[mask])
        costs = self._costs(encoded, states) if self.training else {}
        return Loss(sum(costs.values(), told), mask.sum(), costs), after

    def _encoded(self, tokens: Tensor, mask: Tensor, carry: State | None) -> tuple[Encoded, State]:
        rate, count = self.config.embed.row_dropout, self.table.num_embeddings
        vectors = embedding_dropout(self.table(tokens), tokens, count, rate, training=self.training)
        return self.encoder.run(self.read_dropout(vectors), mask, carry)

    def _costs(self, encoded: Encoded, dropped: Tensor) -> dict[str, Tensor]:
        """What the states cost beside the words they tell, by name. Shapes (batch, time, dim)."""
        costs, config = {}, self.config
        if config.activation:
            costs["activation"] = config.activation * activation(dropped, encoded.mask)
        if config.temporal_activation:
            states = encoded.states if encoded.undropped is None else encoded.undropped
            costs["temporal_activation"] = config.temporal_activation * temporal_activation(states, encoded.mask)
        return costs

    def predict_from(self, batch: StreamBatch, carry: State | None) -> tuple[ScoreRaw, State]:
        """Log-probability of each token. Shapes: targets (batch, time), carry (batch, ...) -> (batch, time)."""
        states, after = self.read(batch.inputs, batch.mask, carry)
        found = [logs.gather(2, batch.targets[:, part].unsqueeze(2)).squeeze(2) for part, logs in self._told(states)]
        return ScoreRaw(torch.cat(found, dim=1).masked_fill(~batch.mask, 0)), after

    def log_probabilities(self, states: Tensor) -> Tensor:
        """Of every next token. Shape (..., dim) -> (..., tokens)."""
        return self.scores.log_probabilities(states)

    def predict(self, batch: StreamBatch) -> ScoreRaw:
        """Log-probability of each token of texts, each by itself. Shape (batch, time)."""
        found, carry, real = list[Tensor](), None, batch.mask.sum(dim=1)
        order = real.argsort(descending=True, stable=True)
        for start in range(0, batch.targets.shape[1], WINDOW):
            rows = order[real[order] > start]  # those that have not ended: every row of a window holds a token
            part = slice(start, start + WINDOW)
            window = StreamBatch(batch.inputs[rows, part], batch.targets[rows, part], rows)
            raw, carry = self.predict_from(window, carry and tuple(part[: len(rows)] for part in carry))
            whole = raw.log_probabilities.new_zeros(len(batch), raw.log_probabilities.shape[1])
            whole[rows] = raw.log_probabilities
            found.append(whole)
        return ScoreRaw(torch.cat(found, dim=1))

    def searching(self, config: LanguageModelConfig) -> LanguageModel:
        """The same network, its weights shared, that continues texts as other settings say."""
        other = copy(self)
        other.config = config
        return other

    def _told(self, states: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """Log-probabilities of all tokens, a few positions at a time. Shapes (batch, positions, tokens)."""
        batch, time, _ = states.shape
        positions = max(1, CHUNK_BYTES // (batch * self.table.num_embeddings * states.element_size()))
        for start in range(0, time, positions):
            part = slice(start, min(start + positions, time))
            yield part, self.log_probabilities(states[:, part])
