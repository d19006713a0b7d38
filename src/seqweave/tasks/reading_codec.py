"""Texts, each by itself, as features and as the ids to be told, and what a network says of them as answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from seqweave.core.errors import DataError, Place
from seqweave.data.batches import ReadBatch, ScoreRaw, TextRaw
from seqweave.data.corpus import Corpus, Ragged
from seqweave.data.examples import DocumentExample
from seqweave.data.feature_set import FeatureSet
from seqweave.data.features.contract import END, PADDING, FeatureConfig
from seqweave.data.gather import Gatherer
from seqweave.data.sizes import Sizes
from seqweave.data.state import mapping
from seqweave.tasks.contract import Codec, Dataset
from seqweave.tasks.language_answer import LanguageAnswer
from seqweave.tasks.language_codec import LanguageCodec

LONGEST = 5000
"""Most tokens of a text: all of its states are in memory at once."""


class ReadingDataset(Dataset[ReadBatch]):
    """Texts as features beside the tokens to be told."""

    def __init__(self, tokens: Gatherer, told: Ragged) -> None:
        self.tokens, self.told = tokens, told

    @property
    def lengths(self) -> np.ndarray:
        """Length of every text, in tokens, its end counted. Shape (texts,), int64."""
        return self.told.lengths + 1

    def batch(self, rows: np.ndarray) -> ReadBatch:
        """The chosen texts as one padded batch. Shape of rows: (batch,), int64."""
        targets = np.pad(self.told.padded(rows, PADDING), ((0, 0), (0, 1)))
        targets[np.arange(len(rows)), self.told.lengths[rows]] = END
        return ReadBatch(self.tokens(rows), torch.from_numpy(targets), torch.from_numpy(np.asarray(rows)))


@dataclass(frozen=True)
class ReadingCodec(Codec[DocumentExample, ReadBatch, ScoreRaw | TextRaw, LanguageAnswer]):
    """Fitted features, and the tokens that are told.

    Args:
        features: what is read of the tokens.
        known: those that are told.
    """

    features: FeatureSet
    known: LanguageCodec

    @classmethod
    def fit(
        cls, corpus: Corpus[DocumentExample], features: Mapping[str, FeatureConfig], known: LanguageCodec
    ) -> ReadingCodec:
        """The features of training texts."""
        return cls(FeatureSet.fit(features, corpus.strings("tokens")), known)

    @property
    def sizes(self) -> Sizes:
        """Sizes of features, and of the vocabulary that is told."""
        return Sizes(self.features.sizes, target=self.known.tokens.size)

    def encode(self, corpus: Corpus[DocumentExample]) -> ReadingDataset:
        """A corpus as ids.

        Raises:
            DataError: if a text is too long to be read at once, or is cut into tokens in another way than training was.
        """
        tokens, gather = corpus.strings("tokens"), self.gathered(corpus)
        return ReadingDataset(gather, Ragged(self.known.known_ids(corpus)[tokens.ids.values], tokens.ids.offsets))

    def gathered(self, corpus: Corpus[DocumentExample]) -> Gatherer:
        """A corpus as features alone, for those who want no token told.

        Raises:
            DataError: if a text is too long to be read at once.
        """
        tokens = corpus.strings("tokens")
        lengths = tokens.ids.lengths
        longest = int(lengths.max(initial=0))
        if longest > LONGEST:
            example = corpus[int(np.argmax(lengths))]
            what = f"the text has {longest:,} tokens, and a model that reads texts whole takes up to {LONGEST:,}"
            mend = "break it into shorter texts"
            raise DataError("E-READ-01", what, mend=mend, place=Place(example.source, example.line))
        return Gatherer(tokens, self.features.columns(tokens))

    def answers(self, raw: ScoreRaw | TextRaw, batch: ReadBatch) -> list[LanguageAnswer]:
        """One plain answer for each row of the batch."""
        assert isinstance(raw, ScoreRaw), "what reads from both sides continues no text"
        lengths = batch.mask.sum(dim=1).tolist()
        rows = zip(batch.targets.tolist(), raw.log_probabilities.tolist(), lengths, strict=True)
        return [self.known.scored(ids[: n - 1], logs[:n], raw.context) for ids, logs, n in rows]

    def tuned(self, golds: Sequence[DocumentExample], answers: Callable[[], Sequence[LanguageAnswer]]) -> ReadingCodec:
        """Itself: there is nothing to choose."""
        del golds, answers
        return self

    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values."""
        return {**self.known.to_json(), "features": self.features.to_json()}

    @classmethod
    def restore(
        cls, state: Mapping[str, Any], features: Mapping[str, FeatureConfig], known: LanguageCodec
    ) -> ReadingCodec:
        """The codec that `to_json` described.

        Raises:
            DataError: if the state is malformed.
        """
        return cls(FeatureSet.restore(features, mapping(state, "features")), known)
