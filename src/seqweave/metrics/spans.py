"""How good labelled spans are: nervaluate's strict matching, where label and both ends must be right.

Summed over examples this is the rule of conlleval. Spans are (label, start, end) with the end exclusive; the spans of
one side of an example do not overlap.

Paper: Tjong Kim Sang and De Meulder, 2003, W03-0419 (precision, recall and F1 of exact matches).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nervaluate.entities import Entity
from nervaluate.strategies import StrictEvaluation

from seqweave.metrics.labels import check_pairs
from seqweave.metrics.tally import Outcome, Tally

Spans = Sequence[tuple[str, int, int]]


def tally_spans(golds: Sequence[Spans], answers: Sequence[Spans]) -> Tally:
    """Right, guessed and gold span labels of every example; `.f1()` is the span F1 of the field.

    Args:
        golds: gold spans of every example.
        answers: answered spans of the same examples, in the same order.

    Raises:
        InternalError: if there are not equally many.
    """
    check_pairs(golds, answers)
    strict = StrictEvaluation()
    return Tally.of(_outcome(strict, gold, answer) for gold, answer in zip(golds, answers, strict=True))


def _outcome(strict: StrictEvaluation, gold: Spans, answer: Spans) -> Outcome:
    labels = [label for label, _, _ in answer]
    _, indices = strict.evaluate(_entities(gold), _entities(answer), [])
    right = [labels[place] for _, place in indices.correct_indices]
    return right, labels, [label for label, _, _ in gold]


def _entities(spans: Iterable[tuple[str, int, int]]) -> list[Entity]:
    # nervaluate's ends are inclusive
    return [Entity(label=label, start=start, end=end - 1) for label, start, end in spans]
