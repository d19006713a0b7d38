"""Translators that write one text together: a token's probability is the mean of theirs.

    p(y_t) = 1/M sum_m p_m(y_t)

All read the same batch, so that they must have been trained with the same vocabularies; they may differ in all else.

Paper: Sutskever, Vinyals and Le, 2014, arXiv:1409.3215, whose best translations are those of five networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's documents use

from seqweave.data.batches import TextBatch, TextRaw
from seqweave.data.features.contract import PADDING
from seqweave.decoding.contract import Frame, Search, Stepped
from seqweave.layers.contracts import Loss, Model
from seqweave.layers.generation import DecoderState
from seqweave.models.translator import Translator, TranslatorConfig
from seqweave.models.writing import written


@dataclass(frozen=True, slots=True)
class EnsembleState:
    """What each of the networks remembers of a grid of hypotheses."""

    states: tuple[DecoderState, ...]

    def select(self, rows: Tensor) -> EnsembleState:
        """The state of chosen hypotheses. Shape of rows: (sentences, beam), long."""
        return EnsembleState(tuple(state.select(rows) for state in self.states))


class Ensemble(Model[TextBatch, TextRaw]):
    """Several trained translators, searched as the settings of the first say.

    Args of the constructor: `members`, at least one, all of the same vocabularies.
    """

    def __init__(self, members: Sequence[Translator]) -> None:
        super().__init__()
        self.members, self.config = nn.ModuleList(members), members[0].config

    @property
    def networks(self) -> list[Translator]:
        """The translators."""
        return [member for member in self.members if isinstance(member, Translator)]

    @property
    def search(self) -> Search:
        """How texts are searched for."""
        return self.config.search

    def searching(self, config: TranslatorConfig) -> Ensemble:
        """The same networks, their weights shared, that search as other settings say."""
        return Ensemble([self.networks[0].searching(config), *self.networks[1:]])

    def loss(self, batch: TextBatch) -> Loss:
        """Summed negative log-probability. Shape of the batch's targets: (sentences, time), long; 0 at padding."""
        real = batch.targets != PADDING
        return Loss(-self.replay(batch.targets, self.start(batch))[0][real].sum(), real.sum())

    def predict(self, batch: TextBatch) -> TextRaw:
        """The best texts that the search finds, and how the best one of each row came about."""
        return written(self, batch)

    def frame(self, batch: TextBatch) -> Frame:
        """What the search must know of the texts of a batch."""
        first, *others = self.networks
        return first.frame(batch, others)

    def start(self, batch: TextBatch) -> EnsembleState:
        """The state before the first token."""
        return EnsembleState(tuple(network.start(batch) for network in self.networks))

    def step(self, tokens: Tensor, state: EnsembleState) -> tuple[Stepped, EnsembleState]:
        """One token more for every hypothesis. Shape (sentences, beam), long."""
        pairs = zip(self.networks, state.states, strict=True)
        steps, after = zip(*(network.step(tokens, one) for network, one in pairs), strict=True)
        width = max(one.log_probabilities.shape[2] for one in steps)
        # who does not copy gives no probability to what a sentence adds
        logs = [
            F.pad(one.log_probabilities, (0, width - one.log_probabilities.shape[2]), value=-torch.inf) for one in steps
        ]
        return Stepped(_mean(logs), _middle([one.attention for one in steps])), EnsembleState(after)

    def replay(self, tokens: Tensor, start: EnsembleState) -> tuple[Tensor, Tensor]:
        """Log-probability of each token, and where it looked. Shapes (sentences, time), (sentences, time, source)."""
        pairs = zip(self.networks, start.states, strict=True)
        logs, attention = zip(*(network.replay(tokens, one) for network, one in pairs), strict=True)
        return _mean(logs), _middle(attention)


def _mean(logs: Sequence[Tensor]) -> Tensor:
    """The logarithm of the mean of probabilities. Any shape, kept."""
    return torch.stack(tuple(logs)).logsumexp(dim=0) - math.log(len(logs))


def _middle(attention: Sequence[Tensor]) -> Tensor:
    """The mean. Shapes kept."""
    return torch.stack(tuple(attention)).mean(dim=0)
