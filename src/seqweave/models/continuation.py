"""How a text goes on: a language model read up to the text's end, and searched from there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seqweave.data.batches import StreamBatch, TextRaw
from seqweave.data.features.contract import BEGIN, END, PADDING, UNKNOWN
from seqweave.decoding.contract import Frame, Search, Stepped
from seqweave.layers.contracts import Loss, Model, State
from seqweave.models.language_model import LanguageModel, windows
from seqweave.models.writing import written


@dataclass(frozen=True, slots=True)
class ReadState:
    """What is remembered of a grid of texts.

    Args:
        carry: of each, the grid flattened. Shapes (sentences * beam, ...).
        last: the last token of each prompt, which is read in the place of the mark of a beginning. Shape (sentences,
            beam), long.
        extension: ids beyond the vocabulary, of unknown words that the texts hold.
    """

    carry: State
    last: Tensor
    extension: int = 0

    def select(self, rows: Tensor) -> ReadState:
        """The state of chosen texts. Shape of rows: (sentences, beam), long."""
        flat = rows.flatten()
        return ReadState(
            tuple(part[flat] for part in self.carry), self.last.flatten()[flat].view(rows.shape), self.extension
        )


class Continuer(Model[StreamBatch, TextRaw]):
    """A trained language model that writes; its weights are those of the model.

    Args of the constructor: `model`, trained.
    """

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def loss(self, batch: StreamBatch) -> Loss:
        """That of the model. Shapes: targets (batch, time)."""
        return self.model.loss(batch)

    def predict(self, batch: StreamBatch) -> TextRaw:
        """How each text goes on. Shapes: inputs (batch, time), the last real one of each row its last token."""
        return written(self, batch)

    @property
    def search(self) -> Search:
        """How continuations are searched for."""
        return self.model.config.search

    def frame(self, batch: StreamBatch) -> Frame:
        """What the search must know: the end of a line ends a text, and the unknown token is never written."""
        count = len(batch)
        longest = self.model.config.longest
        return Frame(BEGIN, END, (PADDING, UNKNOWN, BEGIN), (longest,) * count, ((),) * count, ((),) * count)

    def start(self, batch: StreamBatch) -> ReadState:
        """The state before each text's last token: a grid (sentences, 1)."""
        last = batch.mask.sum(dim=1, keepdim=True) - 1
        before = replace(batch, targets=batch.targets.scatter(1, last, PADDING))
        carry: State | None = None
        whole: State = ()
        for rows, window in windows(before):
            going = carry and tuple(part[: len(rows)] for part in carry)
            _, _, carry = self.model.look(window.read, window.mask, going)
            fresh = whole or tuple(part.new_zeros(len(batch), *part.shape[1:]) for part in carry)
            pairs = zip(fresh, carry, strict=True)
            whole = tuple(_widened(part, after.shape[1]).index_copy(0, rows, after) for part, after in pairs)
        return ReadState(whole, batch.read.gather(1, last), batch.most_added)

    def step(self, tokens: Tensor, state: ReadState) -> tuple[Stepped, ReadState]:
        """One token more for every hypothesis. Shape (sentences, beam), long."""
        tokens = tokens.to(state.last.device)
        read = torch.where(tokens == BEGIN, state.last, tokens)
        flat = read.view(-1, 1)
        states, pointed, carry = self.model.look(flat, torch.ones_like(flat, dtype=torch.bool), state.carry)
        logs = self.model.log_probabilities(states)
        if pointed is not None:
            logs = pointed.mixed(logs, state.extension)
        stepped = Stepped(logs.view(*tokens.shape, -1), logs.new_zeros(*tokens.shape, 1))
        return stepped, ReadState(carry, state.last, state.extension)

    def replay(self, tokens: Tensor, start: ReadState) -> tuple[Tensor, Tensor]:
        """Log-probability of each token, and nothing that was looked at. Shapes (sentences, time), (..., time, 1)."""
        apart, known = torch.cat([start.last, tokens], dim=1), self.model.table.num_embeddings
        ids = apart.masked_fill(apart >= known, UNKNOWN)
        raw, _ = self.model.predict_from(StreamBatch(ids[:, :-1], ids[:, 1:], start.last, apart), start.carry)
        logs = raw.log_probabilities if raw.apart is None else raw.apart
        return logs, logs.new_zeros(*tokens.shape, 1)


def _widened(part: Tensor, width: int) -> Tensor:
    """Empty places in front, as in a window that is not full. Shape (batch, less, ...) -> (batch, width, ...)."""
    return torch.cat([part.new_zeros(len(part), width - part.shape[1], *part.shape[2:]), part], dim=1)
