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
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from seqweave.core.configuration import Choice, Config
from seqweave.core.errors import RecipeError
from seqweave.data.batches import ScoreRaw, StreamBatch
from seqweave.data.features.contract import UNKNOWN, FeatureConfig
from seqweave.data.sizes import Sizes
from seqweave.decoding.contract import SEARCHES, Search
from seqweave.layers.activity import activation, temporal_activation
from seqweave.layers.carrying import CarryingModel
from seqweave.layers.contracts import ENCODERS, Encoded, EncoderConfig, Loss, State, StatefulEncoder
from seqweave.layers.dropout import DropoutConfig, Rate, embedding_dropout
from seqweave.layers.pointing import POINTERS, Pointed, Pointer, PointerConfig
from seqweave.layers.recurrent import require_one_way
from seqweave.layers.tables import table
from seqweave.layers.words import SOFTMAXES, WordSoftmax, WordSoftmaxConfig, full_softmax, told
from seqweave.models.contract import ModelConfig, model

POINTED = 2
"""Parts of the carry that are the pointer's, the last ones."""
WINDOW = 256
"""Positions of texts that are read at once where nothing is learned."""


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
    pointer: Annotated[PointerConfig, Choice(POINTERS)] | None = None
    """How words of the text itself are pointed at: sentinel, which is learned, cache, which is not; null for not."""
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
            raise RecipeError(
                "E-LM-04", what, mend="set model.encoder.kind to one that reads step by step, such as lstm"
            )
        require_one_way(encoder, "model.encoder")
        pointer = None if self.pointer is None else self.pointer.build(encoder.out_dim)
        return LanguageModel(rows, encoder, self.output.build(encoder.out_dim, rows, self.tie), pointer, self)


class LanguageModel(CarryingModel[StreamBatch, ScoreRaw]):
    """The probability of every token of a text."""

    def __init__(
        self,
        rows: nn.Embedding,
        encoder: StatefulEncoder,
        scores: WordSoftmax,
        pointer: Pointer | None,
        config: LanguageModelConfig,
    ) -> None:
        super().__init__()
        self.table, self.encoder, self.scores, self.pointer = rows, encoder, scores, pointer
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

    def look(self, words: Tensor, mask: Tensor, carry: State | None) -> tuple[Tensor, Pointed | None, State]:
        """As `read`, and what the pointer does behind each token; its window stands in the carry, too.

        Args:
            words: ids that keep unknown forms apart. Shape (batch, time), long.
            mask: True where a position is real. Shape (batch, time), bool.
            carry: from the window before; None where texts begin. Shapes (batch, ...).
        """
        _, states, pointed, after = self._looked(words, mask, carry)
        return states, pointed, after

    def loss_from(self, batch: StreamBatch, carry: State | None) -> tuple[Loss, State]:
        """Summed negative log-probability, and what the states cost. Shapes: targets (batch, time), carry (batch, ...).

        The costs stand only in training mode, so that in `eval()` mode the loss is that of the probabilities told.
        """
        mask, mixed = batch.mask, None
        encoded, states, pointed, after = self._looked(batch.read, mask, carry)
        if pointed is not None:
            mixed = torch.stack(pointed.apart(batch.told, self.table.num_embeddings), dim=2)[mask]
        total = self.scores.loss(states[mask], batch.targets[mask], pointed=mixed)
        costs = self._costs(encoded, states) if self.training else {}
        return Loss(sum(costs.values(), total), mask.sum(), costs), after

    def _looked(
        self, words: Tensor, mask: Tensor, carry: State | None
    ) -> tuple[Encoded, Tensor, Pointed | None, State]:
        """As `look`, and what the encoder gave before dropout."""
        tokens = words.masked_fill(words >= self.table.num_embeddings, UNKNOWN)
        pointer = self.pointer if self.pointer is not None and self.pointer.active else None
        encoded, after = self._encoded(tokens, mask, carry and (carry[:-POINTED] if pointer else carry))
        states = self.output_dropout(encoded.states)
        if pointer is None:
            return encoded, states, None, after
        pointed, seen = pointer.look(states, words, mask, carry and carry[-POINTED:])
        return encoded, states, pointed, (*after, *seen)

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
        states, pointed, after = self.look(batch.read, batch.mask, carry)
        mask, padding = batch.mask, ~batch.mask
        found = told(self.scores, states[mask], batch.targets[mask])
        logs = found.new_zeros(mask.shape).masked_scatter(mask, found)
        if pointed is None:
            return ScoreRaw(logs), after
        known = self.table.num_embeddings
        together = torch.logaddexp(pointed.left + logs, pointed.together(batch.targets, known))
        left, given = pointed.apart(batch.told, known)
        apart = torch.logaddexp(left + logs, given)
        return ScoreRaw(together.masked_fill(padding, 0), apart.masked_fill(padding, 0)), after

    def log_probabilities(self, states: Tensor) -> Tensor:
        """Of every next token. Shape (..., dim) -> (..., tokens)."""
        return self.scores.log_probabilities(states)

    def predict(self, batch: StreamBatch) -> ScoreRaw:
        """Log-probability of each token of texts, each by itself. Shape (batch, time)."""
        logs, apart, carry = list[Tensor](), list[Tensor](), None
        for rows, window in windows(batch):
            raw, carry = self.predict_from(window, carry and tuple(part[: len(rows)] for part in carry))
            logs.append(_placed(raw.log_probabilities, rows, len(batch)))
            if raw.apart is not None:
                apart.append(_placed(raw.apart, rows, len(batch)))
        return ScoreRaw(torch.cat(logs, dim=1), torch.cat(apart, dim=1) if apart else None)

    def searching(self, config: LanguageModelConfig) -> LanguageModel:
        """The same network, its weights shared, that continues texts as other settings say, or has another cache."""
        pointer = self.pointer
        if config.pointer is None or not config.pointer.learned:
            pointer = None if config.pointer is None else config.pointer.build(self.encoder.out_dim)
        return LanguageModel(self.table, self.encoder, self.scores, pointer, config).train(self.training)


def windows(batch: StreamBatch) -> Iterator[tuple[Tensor, StreamBatch]]:
    """Texts window by window, so that memory does not grow with their length.

    Yields:
        The rows that have not ended, the longest first, so that those of the next window are the first of these, and
            each holds a token; and their window.
    """
    real = batch.mask.sum(dim=1)
    order = real.argsort(descending=True, stable=True)
    for start in range(0, batch.targets.shape[1], WINDOW):
        rows = order[real[order] > start]
        if len(rows):
            yield rows, batch.piece(rows, start, start + WINDOW)


def _placed(values: Tensor, rows: Tensor, count: int) -> Tensor:
    """Rows at their places among all, which are 0. Shape (rows, time) -> (count, time)."""
    whole = values.new_zeros(count, values.shape[1])
    whole[rows] = values
    return whole
