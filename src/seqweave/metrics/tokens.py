"""How good the tags of tokens are. An example is a sentence, so resampling draws sentences, not tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqweave.core.errors import InternalError
from seqweave.metrics.labels import check_pairs
from seqweave.metrics.measure import Measure, share
from seqweave.metrics.tally import Tally

Tags = Sequence[Sequence[str]]


def token_accuracy(golds: Tags, answers: Tags) -> Measure:
    """Percent of the tokens whose tag is right."""
    _check(golds, answers)
    counts = [(len(_right(gold, answer)), len(gold)) for gold, answer in zip(golds, answers, strict=True)]
    return Measure(np.array(counts, np.float64).reshape(-1, 2), share)


def sentence_accuracy(golds: Tags, answers: Tags) -> Measure:
    """Percent of the sentences whose tags are all right."""
    _check(golds, answers)
    counts = [(tuple(gold) == tuple(answer), 1) for gold, answer in zip(golds, answers, strict=True)]
    return Measure(np.array(counts, np.float64).reshape(-1, 2), share)


def tally_tokens(golds: Tags, answers: Tags) -> Tally:
    """Right, guessed and gold tags of every sentence."""
    _check(golds, answers)
    return Tally.of((_right(gold, answer), answer, gold) for gold, answer in zip(golds, answers, strict=True))


def _right(gold: Sequence[str], answer: Sequence[str]) -> list[str]:
    return [tag for tag, guess in zip(gold, answer, strict=True) if tag == guess]


def _check(golds: Tags, answers: Tags) -> None:
    check_pairs(golds, answers)
    for row, (gold, answer) in enumerate(zip(golds, answers, strict=True)):
        if len(gold) != len(answer):
            raise InternalError("E-METRIC-03", f"sentence {row} has {len(gold)} gold tags and {len(answer)} answers")
