"""One text before one network, as explanations need them: its log-probabilities, and its tokens' shares in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqweave.data.batches import LabelBatch, TokenBatch
from seqweave.data.corpus import Corpus
from seqweave.insight.explaining.attribution import (
    LAST_STEPS,
    Attribution,
    Margin,
    Target,
    integrated_gradients,
    occlusion,
)
from seqweave.layers.contracts import EncodingModel
from seqweave.models.linear import LinearClassifier
from seqweave.tasks.contract import Codec

UNSEEN = "\ue000"
"""A token that no training text holds: a character for private use."""

UNTAUGHT = 4
"""Unknown words that speak for a label so many times as much as zeros do were never taught to say nothing."""

AnyBatch = Any
AnyCodec = Codec[Any, Any, Any, Any]
AnyExample = Any
Ngrams = Mapping[int, Sequence[tuple[int, int]]]
"""By id: where in the text the n-gram stands, as first token and the one after its last."""


class Subject(ABC):
    """One text before one network."""

    @abstractmethod
    def logs(self) -> Tensor:
        """Log-probabilities. Shape (1, labels), or (1, time, labels)."""

    @abstractmethod
    def attributions(self, target: Target, last: int = LAST_STEPS) -> list[Attribution]:
        """The shares by each method that suits the network.

        Args:
            target: what is explained.
            last: most steps of integrated gradients.
        """

    @abstractmethod
    def before(self, network: Any) -> Subject:  # noqa: ANN401  # a network of the same build
        """The same text before another network of the same build."""


@dataclass(frozen=True)
class EncodedSubject(Subject):
    """A text before a network that embeds and encodes it.

    Args:
        network: in `eval()` mode.
        tokens: the text. One row.
        unknown: as many tokens that training never saw. One row.
    """

    network: EncodingModel[Any, Any]
    tokens: TokenBatch
    unknown: TokenBatch

    @classmethod
    def of(cls, network: EncodingModel[Any, Any], codec: AnyCodec, example: AnyExample) -> EncodedSubject:
        """An example before a network."""
        unknown = replace(example, tokens=(UNSEEN,) * len(example.tokens))
        return cls(network, encoded(codec, [example]).tokens, encoded(codec, [unknown]).tokens)

    @property
    @torch.no_grad()
    def vectors(self) -> Tensor:
        """The embedded text. Shape (1, time, dim)."""
        return self.network.vectors(self.tokens)

    @torch.no_grad()
    def logs(self) -> Tensor:
        """Log-probabilities. Shape (1, labels), or (1, time, labels)."""
        return self._logs(self.vectors)

    def attributions(self, target: Target, last: int = LAST_STEPS) -> list[Attribution]:
        """Integrated gradients, and occlusion."""

        def margin(vectors: Tensor) -> Tensor:
            return target.margin(self._logs(vectors))

        baseline, name = self._baseline(margin)
        found = [
            integrated_gradients(margin, self.vectors, baseline, last),
            occlusion(margin, self.vectors, baseline),
        ]
        return [replace(one, how=f"{one.how}, against {name}") for one in found]

    def before(self, network: EncodingModel[Any, Any]) -> EncodedSubject:
        """The same text before another network of the same build."""
        return replace(self, network=network)

    def _logs(self, vectors: Tensor) -> Tensor:
        mask = self.tokens.mask.expand(len(vectors), -1)
        return self.network.log_probabilities(self.network.encode(vectors, mask))

    @torch.no_grad()
    def _baseline(self, margin: Margin) -> tuple[Tensor, str]:
        """Unknown words, or zeros where unknown words speak far more for one of the labels than zeros do.

        Sundararajan et al. ask for a baseline with a score near zero. Where training hid words now and then, unknown
        words say nothing, and are what a reader would leave out; where it did not, their vector is what it began with.
        """
        unknown = self.network.vectors(self.unknown)
        zeros = torch.zeros_like(unknown)
        if abs(float(margin(unknown))) > UNTAUGHT * abs(float(margin(zeros))):
            return zeros, "zero vectors"
        return unknown, "unknown words"


@dataclass(frozen=True)
class LinearSubject(Subject):
    """A text before a linear model, whose shares are exact: each n-gram adds its weight.

    Args:
        network: the model.
        batch: the text. One row.
        ngrams: those that the model knows.
        tokens: of the text.
    """

    network: LinearClassifier
    batch: LabelBatch
    ngrams: Ngrams
    tokens: Sequence[str]

    @classmethod
    def of(cls, network: LinearClassifier, codec: AnyCodec, example: AnyExample) -> LinearSubject:
        """An example before a network."""
        return cls(network, encoded(codec, [example]), ngrams(codec, example), example.tokens)

    @torch.no_grad()
    def logs(self) -> Tensor:
        """Log-probabilities. Shape (1, labels)."""
        return self.network.log_probabilities(self.network.scores(self.batch))

    @torch.no_grad()
    def attributions(self, target: Target, last: int = LAST_STEPS) -> list[Attribution]:  # noqa: ARG002  # nothing is approached
        """What each n-gram adds, parted evenly among its tokens."""
        added = self.network.contributions(self.batch).double()
        own = added[:, target.label] - (added[:, target.rival] if target.rival >= 0 else 0)
        shares, pieces = np.zeros(len(self.tokens)), []
        for ngram, share in zip(self.batch.tokens.features["bag"].tolist(), own.tolist(), strict=True):
            places = self.ngrams[ngram]
            pieces.append((" ".join(self.tokens[slice(*places[0])]), share))
            for first, end in places:
                shares[first:end] += share / (len(places) * (end - first))
        pieces.sort(key=lambda piece: -abs(piece[1]))
        empty = target.margin(self.network.log_probabilities(self.network.bias.unsqueeze(0)))
        value, how = float(target.margin(self.logs())), f"{len(pieces)} n-grams, against an empty text"
        return [Attribution("exact contributions", tuple(shares.tolist()), value, float(empty), how, tuple(pieces))]

    def before(self, network: LinearClassifier) -> LinearSubject:
        """The same text before another network of the same build."""
        return replace(self, network=network)


def encoded(codec: AnyCodec, examples: Sequence[AnyExample]) -> AnyBatch:
    """Examples as one batch."""
    return codec.encode(Corpus.of(type(examples[0]), examples)).batch(np.arange(len(examples)))


def ngrams(codec: AnyCodec, example: AnyExample) -> Ngrams:
    """Where each n-gram that a codec's bag knows stands in an example.

    The bag of a window holds its own n-gram and shorter ones, so what no shorter window held is its own. The codec is
    only asked for bags: how it numbers n-grams stays its own affair.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    time = len(example.tokens)
    for length in range(1, time + 1):
        windows = [(first, first + length) for first in range(time - length + 1)]
        bags = encoded(codec, [_cut(example, slice(*window)) for window in windows]).tokens.features
        longer: dict[int, list[tuple[int, int]]] = {}
        for window, (first, end) in zip(windows, pairwise(bags["bag.offsets"].tolist()), strict=True):
            for ngram in set(bags["bag"][first:end].tolist()) - set(found):
                longer.setdefault(ngram, []).append(window)
        if length > 1 and not longer:
            break
        found |= longer
    return found


def _cut(example: AnyExample, part: slice) -> AnyExample:
    return replace(example, tokens=example.tokens[part], starts=example.starts[part], ends=example.ends[part])
