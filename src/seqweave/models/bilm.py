"""A bidirectional language model: each token of a text is told from those before it, and again from those behind it.

    loss = - sum_k [log p(t_k | t_1 ... t_{k-1}) + log p(t_k | t_{k+1} ... t_n)]

over the tokens of a text and its borders; the embedded tokens and the softmax are the same in both directions, the
encoders are not (parts/readers/bidirectional.py). What it answers for a token is the mean of both log-probabilities,
so that its perplexity is the geometric mean of those of the two directions.

Paper: Peters et al., 2018, arXiv:1802.05365, section 3.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seqweave.core.errors import RecipeError
from seqweave.data.batches import ReadBatch, ScoreRaw
from seqweave.data.sizes import Sizes
from seqweave.layers.contracts import Loss
from seqweave.layers.reading import ReadingModel
from seqweave.layers.recurrent import reversal
from seqweave.layers.words import WordSoftmax, told
from seqweave.models.contract import model
from seqweave.models.reading import ReadingConfig
from seqweave.parts.readers.bidirectional import BidirectionalReader


@model("bilm")
class BilmConfig(ReadingConfig):
    """Settings of a bidirectional language model, whose run serves as a `contextual` embedder."""

    def build(self, sizes: Sizes) -> Bilm:
        """A fresh model.

        Raises:
            RecipeError: if the reader does not read from both ends.
        """
        reader = self.reader.build(sizes.features)
        if not isinstance(reader, BidirectionalReader):
            what = f"a reader of kind {self.reader.kind!r} sees the tokens that a bilm has to tell"
            raise RecipeError("E-BILM-02", what, mend="use the reader `kind: bidirectional`")
        return Bilm(reader, self.words(self.reader.dim, sizes))


class Bilm(ReadingModel):
    """The probability of every token of a text, from either side."""

    reader: BidirectionalReader

    def __init__(self, reader: BidirectionalReader, words: WordSoftmax) -> None:
        super().__init__()
        self.reader, self.words = reader, words

    def loss(self, batch: ReadBatch) -> Loss:
        """Summed negative log-probability of both directions. Shape of targets (batch, time + 1) -> scalars."""
        (ahead, behind), mask = self._states(batch), batch.mask
        wanted, backwards = batch.targets, _backwards(batch)
        both = torch.cat([wanted[mask], backwards[mask]])
        return Loss(self.words.loss(torch.cat([ahead[mask], behind[mask]]), both), 2 * mask.sum())

    def predict(self, batch: ReadBatch) -> ScoreRaw:
        """Mean log-probability of each token from either side. Shape (batch, time + 1)."""
        (ahead, behind), mask = self._states(batch), batch.mask
        forwards = ahead.new_zeros(mask.shape)
        forwards[mask] = told(self.words, ahead[mask], batch.targets[mask])
        backwards = torch.zeros_like(forwards)
        backwards[mask] = told(self.words, behind[mask], _backwards(batch)[mask])
        return ScoreRaw((forwards + _turned(backwards, batch)) / 2, context="either side")

    def _states(self, batch: ReadBatch) -> tuple[Tensor, Tensor]:
        """What tokens are told from, in reading order. Shapes (batch, time + 1, dim)."""
        return self.reader.directions(batch.tokens.features, batch.tokens.mask)


def _backwards(batch: ReadBatch) -> Tensor:
    """The targets in the order of the backward direction: the last token first. Shape (batch, time + 1)."""
    return _turned(batch.targets, batch)


def _turned(values: Tensor, batch: ReadBatch) -> Tensor:
    """Each row's tokens in reverse, its border where it was. Shape (batch, time + 1)."""
    tokens, border = values[:, :-1], values[:, -1:]
    turned = tokens.flatten().index_select(0, reversal(batch.tokens.mask)).view_as(tokens)
    return torch.cat([turned, border], dim=1)
