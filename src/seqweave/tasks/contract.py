"""The contracts of a task and its codec: file to Example, Examples to Batch, Raw to Answer, Answers to Scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from seqweave.core.errors import Notice, Place
from seqweave.core.registry import Registry
from seqweave.data.configuration import DataConfig
from seqweave.data.corpus import Corpus
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.receipt import Receipt
from seqweave.data.sizes import Sizes
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.metrics.labels import Confusion
from seqweave.metrics.measure import Scores
from seqweave.metrics.tally import ClassScores

TASKS = Registry("tasks", "seqweave.tasks")
task = TASKS.register

E = TypeVar("E")
B = TypeVar("B")
R = TypeVar("R")
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong answer, for the list of worst errors.

    Args:
        row: index of the example.
        position: index of the token, or -1 where the whole example is meant.
        gold: what is right.
        answer: what was answered.
        confidence: probability that was given to the wrong answer, 0 to 1.
        quality: how good the wrong answer is all the same, percent: sentence BLEU of a text, 0 for a label.
    """

    row: int
    position: int
    gold: str
    answer: str
    confidence: float
    quality: float = 0.0


@dataclass(frozen=True, slots=True)
class Details:
    """What the report shows below the scores.

    Args:
        classes: precision, recall and F1 of every class.
        confusion: gold against answered classes.
        mistakes: wrong answers, the worst first, and of equally bad ones the most confident.
        confidences: probability of each answer, 0 to 1; none where several labels are answered at once. Shape
            (answers,), float64.
        right: is the answer right? Shape (answers,), bool.
    """

    classes: Mapping[str, ClassScores]
    confusion: Confusion
    mistakes: Sequence[Mistake]
    confidences: np.ndarray
    right: np.ndarray


class Dataset(ABC, Generic[B]):
    """A corpus as ids, ready to be cut into batches."""

    @property
    @abstractmethod
    def lengths(self) -> np.ndarray:
        """Length of every example, in tokens. Shape (examples,), int64."""

    @abstractmethod
    def batch(self, rows: np.ndarray) -> B:
        """The chosen examples as one padded batch. Shape of rows: (batch,), int64."""


class StreamDataset(Dataset[B], ABC, Generic[B]):
    """A corpus that is read as one stream, several stretches of it side by side."""

    @property
    @abstractmethod
    def total(self) -> int:
        """Positions of the stream."""

    @property
    @abstractmethod
    def scored_as(self) -> np.ndarray:
        """Borders of the stretches that are scored side by side; empty where every example is read by itself."""

    @abstractmethod
    def window(self, starts: np.ndarray, stops: np.ndarray, rows: np.ndarray) -> B:
        """Stretches of the stream as one padded batch.

        Args:
            starts: where each begins. Shape (rows,), int64.
            stops: where each ends, exclusive. Shape (rows,), int64.
            rows: numbers by which the stretches are called. Shape (rows,), int64.
        """

    @abstractmethod
    def text_at(self, position: int) -> int:
        """Which example a position of the stream is in."""


class Codec(ABC, Generic[E, B, R, A]):
    """Fitted on training examples: examples to batches, raw answers back to plain ones; JSON beside the weights."""

    @property
    @abstractmethod
    def sizes(self) -> Sizes:
        """What the model config needs to build its network."""

    @abstractmethod
    def encode(self, corpus: Corpus[E]) -> Dataset[B]:
        """A corpus, with or without gold, as ids."""

    @abstractmethod
    def answers(self, raw: R, batch: B) -> list[A]:
        """One plain answer for each row of the batch."""

    @abstractmethod
    def tuned(self, golds: Sequence[E], answers: Callable[[], Sequence[A]]) -> Codec[E, B, R, A]:
        """The codec with what is chosen on dev (a threshold); itself where nothing is, and then it asks for no answers.

        Args:
            golds: the examples of dev.
            answers: gives those of the trained network to them.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values; `Task.restore` is its inverse."""


class Task(ABC, Generic[E, B, R, A]):
    """What is asked of a file."""

    examples: type[E]
    """The class of its examples."""
    batches: tuple[type[B], ...]
    """The classes of its batches, one of which its models must read."""

    @property
    @abstractmethod
    def main_metric(self) -> str:
        """The metric that chooses the epoch where the recipe names none."""

    @abstractmethod
    def read(self, path: Path, receipt: Receipt, tokenizer: Tokenizer, *, gold: bool = True) -> Iterator[E]:
        """Stream the examples of one file; without `gold`, its columns of labels are not looked at."""

    @abstractmethod
    def texts(self, example: E) -> tuple[str, ...]:
        """The raw texts of an example, for tokenizers that learn: its text, or its source and its target."""

    @abstractmethod
    def settled(self, corpus: Corpus[E]) -> DataConfig:
        """The data settings with what the recipe left to `auto` told from the training examples."""

    @abstractmethod
    def inspect(self, parts: Mapping[str, Corpus[E]]) -> list[Notice]:
        """What the user should know of the gold of all parts before anything is trained.

        Args:
            parts: corpora with gold, by name; the training part, if any, is "train".

        Raises:
            DataError: if gold could not be scored.
        """

    @abstractmethod
    def example(self, text: str, tokenizer: Tokenizer) -> E:
        """An example without gold from one raw text."""

    @abstractmethod
    def fit(self, corpus: Corpus[E], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer) -> Codec[E, B, R, A]:
        """The codec fitted on training examples.

        Args:
            corpus: the examples.
            features: what the network reads, by name.
            tokenizer: that which split their texts; what is written is joined by it.
        """

    @abstractmethod
    def restore(
        self, state: Mapping[str, Any], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> Codec[E, B, R, A]:
        """The codec that `to_json` described; a malformed state is a DataError."""

    @abstractmethod
    def score(self, golds: Sequence[E], answers: Sequence[A]) -> Scores:
        """The official scores of answers beside gold examples."""

    @abstractmethod
    def quick_scores(self, golds: Sequence[E], answers: Sequence[A], watched: str) -> Scores:
        """The `watched` one of these scores, and those that take next to no time: what is told while training."""

    @abstractmethod
    def details(self, golds: Sequence[E], answers: Sequence[A]) -> Details:
        """Per-class table, confusion and worst errors."""

    @abstractmethod
    def joined(self, answers: Sequence[A]) -> A:
        """The answer to an example, from those to the windows it was cut into."""

    @abstractmethod
    def render(self, example: E, answer: A) -> dict[str, Any]:
        """The answer as the JSON object that `predict` prints."""

    @abstractmethod
    def parse(self, shown: Mapping[str, Any], example: E, place: Place) -> A:
        """The answer that `render` shows as `shown`: its inverse, for predictions that were written to a file.

        Args:
            shown: the prediction, as JSON values.
            example: what it must answer.
            place: where the prediction stands.

        Raises:
            DataError: if it is malformed, or answers another example.
        """

    @abstractmethod
    def score_tokens(self, golds: Sequence[E], answers: Sequence[A], chosen: Sequence[Sequence[bool]]) -> Scores:
        """The scores over some tokens alone, of as many examples; empty where answers are not about tokens.

        Args:
            golds: the examples.
            answers: one for each.
            chosen: for each example, whether each of its tokens counts.
        """

    @abstractmethod
    def baselines(self, train: Corpus[E], golds: Sequence[E]) -> dict[str, Scores]:
        """Trivial answers fitted on `train` and scored on `golds`, by name ("majority label" ...)."""
