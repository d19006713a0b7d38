"""Does anything but the text change an answer? Batches, order, padding, threads and copies of the model are tried.

An answer is what is said (labels, tags) beside its scores (every float in it). The usual answers are those in batches
of like length, as evaluation makes them; each trial answers the same examples in other circumstances:

| trial | circumstances |
|---|---|
| one at a time | no neighbours and no padding |
| two at a time | neighbours of the file |
| shuffled | other neighbours, another order, other padding |
| padded | the longest example in every batch, so that all others are padded to its length |
| 1 thread, 2 threads | as usual |
| of every copy | as usual, by a copy of the model |

In float64 rounding is far below any real difference: nothing may change. In float32 two answers that score alike may
change places. Such a near tie is counted apart; it is one if no score moved by `NEAR_TIE`, where each alternative has
a score by its name, and else if the log-likelihoods of both answers differ by less than that in float64. The
log-likelihood of an answer is the model's own loss, with the answer as gold.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any

import numpy as np
import torch

from seqweave.data.corpus import Corpus
from seqweave.insight.answering import ANSWER_TOKENS, answer, answers_to
from seqweave.layers.contracts import Model
from seqweave.tasks.contract import Codec

FORMATS = {"float64": torch.float64, "float32": torch.float32}
NEAR_TIE = 1e-4
"""Largest difference of probabilities, or of log-likelihoods, between two answers that score alike."""
LARGEST = {"float64": 1e-9, "float32": 1e-3}
"""How far a score may move in each format; sums of a long text in another order move it by about 1e-5 in float32."""
EXAMPLES = 500
TOKENS = 50_000
SEED = 1


@dataclass(frozen=True)
class Answerer:
    """A network, and the codec that makes its batches and reads its answers."""

    network: Model[Any, Any]
    codec: Codec[Any, Any, Any, Any]

    def to(self, dtype: torch.dtype) -> Answerer:
        """A copy whose weights are of another number format."""
        return Answerer(copy.deepcopy(self.network).to(dtype), self.codec)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What other circumstances did to the answers.

    Args:
        changed: rows whose answer changed.
        near_ties: rows whose answer gave way to one that scores alike; none in float64.
        largest: the largest difference of a score; NaN where a score is none.
    """

    changed: tuple[int, ...]
    near_ties: tuple[int, ...]
    largest: float

    def holds(self, number_format: str) -> bool:
        """Whether no answer changed, and no score moved by more than rounding in this format can."""
        return not self.changed and self.largest <= LARGEST[number_format]


Gap = Callable[[int, Any, Any], float]
"""How much likelier one answer to a row is than another: the difference of their log-likelihoods."""


def certify(answerer: Answerer, copies: Mapping[str, Answerer], corpus: Corpus[Any]) -> dict[str, dict[str, Outcome]]:
    """What each trial did to the answers, by number format and by the trial's name.

    Args:
        answerer: the trained model.
        copies: the same model after it went through files, by what was done to it.
        corpus: what is answered.
    """
    exact = answerer.to(torch.float64)

    def gap(row: int, one: Any, other: Any) -> float:  # noqa: ANN401  # answers of any task
        return abs(_loss(exact, corpus, row, one) - _loss(exact, corpus, row, other))

    found: dict[str, dict[str, Outcome]] = {}
    for name, dtype in FORMATS.items():
        usual = _usual(answerer.to(dtype), corpus)
        tie = NEAR_TIE if name == "float32" else 0.0
        trials = _trials(answerer.to(dtype), {of: one.to(dtype) for of, one in copies.items()}, corpus)
        found[name] = {trial: compared(usual, answers, gap, tie) for trial, answers in trials}
    return found


def sample(lengths: np.ndarray) -> np.ndarray:
    """The rows that are tried: evenly spaced, the longest among them. Shapes (examples,) -> (rows,), ascending."""
    count = min(len(lengths), EXAMPLES, max(int(TOKENS / max(lengths.mean(), 1)), 2))
    spaced = np.linspace(0, len(lengths) - 1, count).astype(np.int64)
    return np.union1d(spaced, lengths.argmax())


def compared(usual: Sequence[Any], others: Sequence[Any], gap: Gap, tie: float) -> Outcome:
    """The outcome of a trial.

    Args:
        usual: the usual answers, by row.
        others: those of the trial.
        gap: asked only where an answer changed.
        tie: answers whose scores differ by less than this score alike; 0 where none may.
    """
    changed: list[int] = []
    ties: list[int] = []
    largest = 0.0
    for row, (one, other) in enumerate(zip(usual, others, strict=True)):
        (said, scores, named), (said_too, other_scores, _) = _parts(one), _parts(other)
        moved = _largest(scores, other_scores) if named or said == said_too else 0.0
        largest = moved if math.isnan(moved) or moved > largest else largest
        if said != said_too:
            alike = (moved if named else gap(row, one, other)) < tie
            (ties if alike else changed).append(row)
    return Outcome(tuple(changed), tuple(ties), largest)


def _parts(answer: Any) -> tuple[list[object], np.ndarray, bool]:  # noqa: ANN401  # an answer of any task
    """What an answer says, its scores, and whether these are named: then each alternative has one, chosen or not."""
    said: list[object] = []
    scores: list[float] = []
    named = False
    for field in fields(answer):
        match getattr(answer, field.name):
            case Mapping() as values:
                scores += values.values()
                said.append(tuple(values))
                named = True
            case float() as value:
                scores.append(value)
            case (float(), *_) as values:
                scores += values
            case value:
                said.append(value)
    return said, np.array(scores, np.float64), named


def _largest(scores: np.ndarray, others: np.ndarray) -> float:
    """The largest difference; NaN where one of the scores is NaN, infinite where there are not equally many."""
    if scores.shape != others.shape:
        return math.inf
    return float(np.abs(scores - others).max(initial=0.0))


def _trials(
    answerer: Answerer, copies: Mapping[str, Answerer], corpus: Corpus[Any]
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Each trial's name and its answers, by row."""
    dataset = answerer.codec.encode(corpus)
    rows, longest = np.arange(len(corpus)), int(dataset.lengths.argmax())
    many = max(ANSWER_TOKENS // max(int(dataset.lengths[longest]), 1), 2)

    def answers(cut: Sequence[np.ndarray]) -> list[Any]:
        return answers_to(answerer.network, answerer.codec, (dataset.batch(batch) for batch in cut))

    yield "one at a time", answers(_groups(rows, 1))
    yield "two at a time", answers(_groups(rows, 2))
    shuffled = np.random.default_rng(SEED).permutation(rows)
    found = answers(_groups(shuffled, many))
    yield "shuffled", [found[place] for place in np.argsort(shuffled).tolist()]
    groups = _groups(rows, many - 1)
    with_longest = iter(answers([np.append(group, longest) for group in groups]))
    yield "padded", [one for group in groups for one in list(islice(with_longest, len(group) + 1))[:-1]]
    for count in (1, 2):
        with _threads(count):
            usual = _usual(answerer, corpus)
        yield f"{count} thread{'s' * (count > 1)}", usual
    for name, other in copies.items():
        yield name, _usual(other, corpus)


def _usual(answerer: Answerer, corpus: Corpus[Any]) -> Sequence[Any]:
    return answer(answerer.network, answerer.codec, corpus, ANSWER_TOKENS)


def _groups(rows: np.ndarray, many: int) -> list[np.ndarray]:
    """Rows in batches of so many, in the order given."""
    return [rows[first : first + many] for first in range(0, len(rows), many)]


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _loss(answerer: Answerer, corpus: Corpus[Any], row: int, answer: Any) -> float:  # noqa: ANN401  # of any task
    """The negative log-likelihood of an answer to a row; an answer's fields are named as those of gold examples."""
    example = corpus[row]
    gold = {field.name for field in fields(example)} & {field.name for field in fields(answer)}
    assert gold, "an answer has at least one field of the examples' gold"
    told = replace(example, **{name: getattr(answer, name) for name in gold})
    batch = answerer.codec.encode(Corpus.of(corpus.kind, [told])).batch(np.arange(1))
    with torch.inference_mode():
        loss = answerer.network.loss(batch)
    assert loss.count > 0, "what the codec answers, it can encode"
    return float(loss.total)
