"""A masked language model: some tokens of a text are hidden, and told from all that are not.

    loss = - sum_{k in M} log softmax(W h_k + b)_{t_k}

Each token, the text's end among them, is in M with a probability of 15 %. Of those, 80 % are hidden, 10 % are replaced
by another token of the batch, and 10 % stay as they are. Where it is scored, every token is told once: of every seven,
one is hidden at a time.

Paper: Devlin et al., 2019, arXiv:1810.04805, section 3.1. Differs: a token is replaced by one that stands elsewhere in
the batch, so that it is a frequent word as often as words are frequent; whole words are hidden where words are read.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from seqweave.core.errors import RecipeError
from seqweave.data.batches import ReadBatch, ScoreRaw
from seqweave.data.sizes import Sizes
from seqweave.layers.contracts import Loss
from seqweave.layers.reading import ReadingModel
from seqweave.layers.words import WordSoftmax, told
from seqweave.models.contract import model
from seqweave.models.reading import ReadingConfig
from seqweave.parts.readers.masked import MaskedReader

HIDDEN, REPLACED = 0.8, 0.1
"""Shares of the tokens to be told."""
STRIDE = 7
"""Of so many tokens, one is hidden at a time where a text is scored: about the default share of what training hides."""


@model("masked-language-model")
class MaskedLanguageModelConfig(ReadingConfig):
    """Settings of a masked language model, whose run serves as a `contextual` embedder."""

    masked: float = Field(default=0.15, gt=0, le=1)
    """Share of the tokens that are told of each batch while training."""

    def build(self, sizes: Sizes) -> MaskedLanguageModel:
        """A fresh model.

        Raises:
            RecipeError: if its reader can hide no token.
        """
        reader = self.reader.build(sizes.features)
        if not isinstance(reader, MaskedReader):
            what = f"a reader of kind {self.reader.kind!r} can hide no token"
            raise RecipeError("E-MLM-02", what, mend="use the reader `kind: masked`, or the model `kind: bilm`")
        return MaskedLanguageModel(reader, self.words(self.reader.dim, sizes), self.masked)


class MaskedLanguageModel(ReadingModel):
    """The probability of hidden tokens."""

    reader: MaskedReader

    def __init__(self, reader: MaskedReader, words: WordSoftmax, masked: float) -> None:
        super().__init__()
        self.reader, self.words, self.masked = reader, words, masked

    def loss(self, batch: ReadBatch) -> Loss:
        """Summed negative log-probability of the tokens drawn. Shape of targets (batch, time + 1) -> scalars.

        In `eval()` mode, nothing is drawn, and every token counts.
        """
        if not self.training:
            return Loss(-self.predict(batch).log_probabilities.sum(), batch.mask.sum())
        vectors, real = self.reader.vectors(batch.tokens.features, batch.tokens.mask)
        chosen = real & (torch.rand(real.shape, device=real.device) < self.masked)
        if not chosen.any():
            chosen = real & (torch.arange(real.shape[1], device=real.device) == 0)
        states = self.reader.states(self._spoilt(vectors, real, chosen), real)
        return Loss(self.words.loss(states[chosen], batch.targets[chosen]), chosen.sum())

    def predict(self, batch: ReadBatch) -> ScoreRaw:
        """Log-probability of each token, itself and every seventh around it hidden. Shape (batch, time + 1)."""
        vectors, real = self.reader.vectors(batch.tokens.features, batch.tokens.mask)
        found = vectors.new_zeros(real.shape)
        places = torch.arange(real.shape[1], device=real.device) % STRIDE
        for first in range(min(STRIDE, real.shape[1])):
            chosen = real & (places == first)
            states = self.reader.states(torch.where(chosen.unsqueeze(2), self.reader.hidden, vectors), real)
            logs = torch.zeros_like(found)
            logs[chosen] = told(self.words, states[chosen], batch.targets[chosen])
            found = found + logs
        return ScoreRaw(found, context="both sides")

    def _spoilt(self, vectors: Tensor, real: Tensor, chosen: Tensor) -> Tensor:
        """The vectors, of those chosen 80 % hidden and 10 % replaced. Shapes (batch, time, dim), (batch, time)."""
        fate = torch.rand(real.shape, device=real.device)
        hidden = chosen & (fate < HIDDEN)
        replaced = chosen & (fate >= HIDDEN) & (fate < HIDDEN + REPLACED)
        others = vectors[real]
        drawn = torch.randint(len(others), real.shape, device=real.device)
        vectors = torch.where(replaced.unsqueeze(2), others[drawn], vectors)
        return torch.where(hidden.unsqueeze(2), self.reader.hidden, vectors)
