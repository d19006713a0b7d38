"""Tags of tokens as ids, and ids back to tags, through the scheme that the network learns best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from seqweave.core.errors import DataError, Place
from seqweave.data.batches import TagBatch, TagRaw
from seqweave.data.corpus import Corpus, Ragged
from seqweave.data.examples import TaggedExample
from seqweave.data.feature_set import FeatureSet
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.gather import Gatherer
from seqweave.data.schemes import LETTERS, Scheme, allowed_transitions, convert, part
from seqweave.data.sizes import LabelSpace, Sizes
from seqweave.data.state import distinct, malformed, mapping
from seqweave.tasks.contract import Codec, Dataset

NO_GOLD = -100


@dataclass(frozen=True, slots=True)
class TagAnswer:
    """What is answered for one sentence.

    Args:
        tags: one for each token, in the scheme of the files.
        probabilities: of each of these tags, 0 to 1.
    """

    tags: tuple[str, ...]
    probabilities: tuple[float, ...]


class TagDataset(Dataset[TagBatch]):
    """Sentences as ids beside their tags."""

    def __init__(self, tokens: Gatherer, tags: Ragged) -> None:
        self.tokens, self.tags = tokens, tags

    @property
    def lengths(self) -> np.ndarray:
        """Length of every example, in tokens. Shape (examples,), int64."""
        return np.diff(self.tokens.offsets)

    def batch(self, rows: np.ndarray) -> TagBatch:
        """The chosen examples as one padded batch. Shape of rows: (batch,), int64."""
        tags = torch.from_numpy(self.tags.padded(rows, NO_GOLD))
        return TagBatch(self.tokens(rows), tags, torch.from_numpy(np.asarray(rows)))


@dataclass(frozen=True)
class TagCodec(Codec[TaggedExample, TagBatch, TagRaw, TagAnswer]):
    """Fitted tags and features.

    Args:
        features: the fitted features.
        tags: all tags the network knows, in its scheme, sorted.
        file_scheme: the scheme of the files, and of answers.
        scheme: the scheme of the network.
    """

    features: FeatureSet
    tags: tuple[str, ...]
    file_scheme: Scheme
    scheme: Scheme

    @classmethod
    def fit(
        cls,
        corpus: Corpus[TaggedExample],
        features: Mapping[str, FeatureConfig],
        file_scheme: Scheme,
        scheme: Scheme,
    ) -> TagCodec:
        """Tags and features of training examples.

        Raises:
            DataError: if there are fewer than two tags.
        """
        column = corpus.strings("tags")
        tags = set(_converted(column.table, column.ids, file_scheme, scheme)[0]) - {""}
        if len(tags) < 2:
            raise DataError(
                "E-TAG-01",
                f"all training tokens have the same tag ({', '.join(tags) or 'none'})",
                mend="check data.column",
                place=Place(corpus[0].source),
            )
        return cls(FeatureSet.fit(features, corpus.strings("tokens")), tuple(sorted(tags)), file_scheme, scheme)

    @property
    def sizes(self) -> Sizes:
        """Sizes of features and labels."""
        if self.scheme == "none":
            return Sizes(self.features.sizes, LabelSpace.free(len(self.tags)))
        allowed, starts, ends = allowed_transitions(self.tags, self.scheme)
        weights = np.ones(len(self.tags), np.float32)
        return Sizes(self.features.sizes, LabelSpace(len(self.tags), weights, allowed, starts, ends))

    def encode(self, corpus: Corpus[TaggedExample]) -> TagDataset:
        """A corpus, with or without gold, as ids."""
        tokens, column = corpus.strings("tokens"), corpus.strings("tags")
        table, ids = _converted(column.table, column.ids, self.file_scheme, self.scheme)
        known = {tag: i for i, tag in enumerate(self.tags)}
        values = np.array([known.get(tag, NO_GOLD) for tag in table], np.int64)[ids.values]
        # A row without gold has no tags at all; `padded` fills it up.
        return TagDataset(Gatherer(tokens, self.features.columns(tokens)), Ragged(values, ids.offsets))

    def answers(self, raw: TagRaw, batch: TagBatch) -> list[TagAnswer]:
        """One plain answer for each row of the batch."""
        lengths = batch.tokens.mask.sum(dim=1).tolist()
        rows = zip(raw.tags.tolist(), raw.probabilities.tolist(), lengths, strict=True)
        return [self._answer(tags[:length], probabilities[:length]) for tags, probabilities, length in rows]

    def _answer(self, ids: Sequence[int], probabilities: Sequence[float]) -> TagAnswer:
        tags = [self.tags[i] for i in ids]
        return TagAnswer(convert(tags, self.scheme, self.file_scheme), tuple(probabilities))

    def tuned(self, golds: Sequence[TaggedExample], answers: Callable[[], Sequence[TagAnswer]]) -> TagCodec:
        """Itself: there is nothing to choose."""
        del golds, answers
        return self

    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values."""
        return {
            "tags": list(self.tags),
            "file_scheme": self.file_scheme,
            "scheme": self.scheme,
            "features": self.features.to_json(),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any], features: Mapping[str, FeatureConfig]) -> TagCodec:
        """The codec that `to_json` described.

        Raises:
            DataError: if the state is malformed.
        """
        tags, features_state = distinct(state, "tags"), mapping(state, "features")
        file_scheme, scheme = _scheme(state, "file_scheme"), _scheme(state, "scheme")
        if (file_scheme == "none") != (scheme == "none") or (scheme != "none" and not all(map(part, tags))):
            raise malformed("the tags and their schemes do not fit together")
        return cls(FeatureSet.restore(features, features_state), tags, file_scheme, scheme)


def _scheme(state: Mapping[str, Any], key: str) -> Scheme:
    schemes: tuple[Scheme, ...] = ("none", *LETTERS)
    for scheme in schemes:
        if scheme == state.get(key):
            return scheme
    raise malformed(f"{key!r} is no tag scheme")


def _converted(table: Sequence[str], ids: Ragged, source: Scheme, target: Scheme) -> tuple[Sequence[str], Ragged]:
    """A column of tags in another scheme: its table of tags, and ids into it."""
    if source == target == "none":
        return table, ids
    known: dict[str, int] = {"": 0}
    values = np.empty_like(ids.values, dtype=np.int32)
    for row in range(len(ids)):
        tags = convert([table[i] for i in ids[row]], source, target)
        values[ids.offsets[row] : ids.offsets[row + 1]] = [known.setdefault(tag, len(known)) for tag in tags]
    return list(known), Ragged(values, ids.offsets)
