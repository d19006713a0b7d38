"""Labels of texts as target vectors, and probabilities back to labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.batches import LabelBatch, LabelRaw
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.data.feature_set import FeatureSet
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.gather import Gatherer
from seqweave.data.sizes import LabelSpace, Sizes
from seqweave.data.state import distinct, malformed, mapping, numbers
from seqweave.metrics.labels import best_threshold
from seqweave.tasks.contract import Codec, Dataset
from seqweave.tasks.label_weights import ClassWeights, label_weights

MANY_LABELS = 1000
"""More labels than this are looked at twice: each text is answered with a probability for every label."""


@dataclass(frozen=True, slots=True)
class LabelAnswer:
    """What is answered for one text.

    Args:
        labels: the answer: one label, or in multi-label tasks any number.
        probabilities: of every label, 0 to 1.
    """

    labels: tuple[str, ...]
    probabilities: Mapping[str, float]

    @property
    def confidence(self) -> float:
        """The probability of the likeliest label of the answer; where it has none, that the likeliest one is wrong."""
        if not self.labels:
            return 1 - max(self.probabilities.values())
        return max(self.probabilities[label] for label in self.labels)

    def best_group(self, groups: Mapping[str, Sequence[str]]) -> str:
        """The group of labels with the largest sum of probabilities."""
        return max(groups, key=lambda name: sum(self.probabilities.get(label, 0.0) for label in groups[name]))


def mean_answer(answers: Sequence[LabelAnswer], multi_label: bool) -> LabelAnswer:
    """The mean of the probabilities; of labels, the likeliest, or in multi-label tasks those of half the answers."""
    mean = {
        label: sum(answer.probabilities[label] for answer in answers) / len(answers)
        for label in answers[0].probabilities
    }
    if not multi_label:
        return LabelAnswer((max(mean, key=lambda label: mean[label]),), mean)
    votes = Counter(label for answer in answers for label in answer.labels)
    return LabelAnswer(tuple(label for label in mean if 2 * votes[label] >= len(answers)), mean)


class LabelDataset(Dataset[LabelBatch]):
    """Texts as ids beside their target vectors."""

    def __init__(self, tokens: Gatherer, targets: np.ndarray) -> None:
        self.tokens, self.targets = tokens, targets

    @property
    def lengths(self) -> np.ndarray:
        """Length of every example, in tokens. Shape (examples,), int64."""
        return np.diff(self.tokens.offsets)

    def batch(self, rows: np.ndarray) -> LabelBatch:
        """The chosen examples as one padded batch. Shape of rows: (batch,), int64."""
        targets = torch.from_numpy(self.targets[rows])
        return LabelBatch(self.tokens(rows), targets, torch.from_numpy(np.asarray(rows)))


@dataclass(frozen=True)
class LabelCodec(Codec[TextExample, LabelBatch, LabelRaw, LabelAnswer]):
    """Fitted labels and features.

    Args:
        features: the fitted features.
        labels: all labels, sorted.
        multi_label: whether a text may have any number of labels.
        weights: how much each label counts in the loss, as `label_weights` tells.
        threshold: in multi-label tasks, a label is answered from this probability on.
    """

    features: FeatureSet
    labels: tuple[str, ...]
    multi_label: bool
    weights: tuple[float, ...]
    threshold: float = 0.5

    @classmethod
    def fit(
        cls,
        corpus: Corpus[TextExample],
        features: Mapping[str, FeatureConfig],
        *,
        multi_label: bool = False,
        class_weights: ClassWeights = "equal",
    ) -> LabelCodec:
        """Labels and features of training examples.

        Args:
            corpus: the training examples.
            features: what models read of their tokens.
            multi_label: whether a text may have any number of labels.
            class_weights: how much each label counts in the loss.

        Raises:
            DataError: if there are fewer than two labels, or one where several are allowed, or nearly as many as texts.
        """
        column = corpus.strings("labels")
        found = np.bincount(column.ids.values, minlength=len(column.table)).tolist()
        counts = {label: count for label, count in zip(column.table, found, strict=True) if count}
        labels = tuple(sorted(counts))
        if len(labels) < 2 - multi_label:
            raise DataError(
                "E-LABEL-02",
                f"all training texts have the same label ({', '.join(labels) or 'none'})",
                mend="check data.label and data.train",
                place=Place(corpus[0].source),
            )
        if len(labels) > MANY_LABELS and 2 * len(labels) > len(corpus):
            raise DataError(
                "E-LABEL-05",
                f"{len(corpus):,} training texts have {len(labels):,} different labels (such as {shown(labels[0])!r}); "
                "this looks like a column of numbers, names or texts",
                mend="set data.label to the column of labels",
                place=Place(corpus[0].source),
            )
        ordered = {label: counts[label] for label in labels}
        weights = label_weights(class_weights, ordered, len(corpus), multi_label=multi_label)
        return cls(FeatureSet.fit(features, corpus.strings("tokens")), labels, multi_label, weights)

    @property
    def sizes(self) -> Sizes:
        """Sizes of features and labels."""
        space = LabelSpace.free(len(self.labels))
        weights = np.array(self.weights, np.float32)
        return Sizes(self.features.sizes, replace(space, weights=weights, exclusive=not self.multi_label))

    def encode(self, corpus: Corpus[TextExample]) -> LabelDataset:
        """A corpus, with or without gold, as ids."""
        tokens = corpus.strings("tokens")
        return LabelDataset(Gatherer(tokens, self.features.columns(tokens)), self._targets(corpus))

    def _targets(self, corpus: Corpus[TextExample]) -> np.ndarray:
        """Target vectors; NaN in rows without gold, or with a label that training did not have."""
        column = corpus.strings("labels")
        ids = {label: i for i, label in enumerate(self.labels)}
        table = np.array([ids.get(label, -1) for label in column.table])
        labels, rows = table[column.ids.values], np.repeat(np.arange(len(corpus)), column.ids.lengths)
        targets = np.zeros((len(corpus), len(self.labels)), np.float32)
        targets[rows[labels >= 0], labels[labels >= 0]] = 1
        targets[rows[labels < 0]] = np.nan
        if not self.multi_label:
            targets[column.ids.lengths == 0] = np.nan
        return targets

    def answers(self, raw: LabelRaw, batch: LabelBatch) -> list[LabelAnswer]:
        """One plain answer for each row of the batch."""
        del batch
        return [self._answer(row) for row in raw.probabilities.double().numpy()]

    def _answer(self, probabilities: np.ndarray) -> LabelAnswer:
        every = dict(zip(self.labels, probabilities.tolist(), strict=True))
        if self.multi_label:
            return LabelAnswer(tuple(label for label in self.labels if every[label] >= self.threshold), every)
        return LabelAnswer((self.labels[int(probabilities.argmax())],), every)

    def tuned(self, golds: Sequence[TextExample], answers: Callable[[], Sequence[LabelAnswer]]) -> LabelCodec:
        """The codec with the threshold that is best on dev; itself where there is none to choose."""
        if not self.multi_label:
            return self
        gold = np.array([[label in example.labels for label in self.labels] for example in golds])
        probabilities = np.array([[answer.probabilities[label] for label in self.labels] for answer in answers()])
        return replace(self, threshold=best_threshold(gold, probabilities))

    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values."""
        return {
            "labels": list(self.labels),
            "multi_label": self.multi_label,
            "weights": list(self.weights),
            "threshold": self.threshold,
            "features": self.features.to_json(),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any], features: Mapping[str, FeatureConfig]) -> LabelCodec:
        """The codec that `to_json` described.

        Raises:
            DataError: if the state is malformed.
        """
        labels, weights, multi_label = distinct(state, "labels"), numbers(state, "weights"), state.get("multi_label")
        if len(weights) != len(labels) or not isinstance(multi_label, bool):
            raise malformed("labels, weights and multi_label do not fit together")
        (threshold,) = numbers({"threshold": [state.get("threshold")]}, "threshold")
        restored = FeatureSet.restore(features, mapping(state, "features"))
        return cls(restored, labels, multi_label, weights, threshold)
