"""Span F1 against nervaluate on the whole, and against conlleval's rule of exact matches."""

from __future__ import annotations

import random

import pytest
from nervaluate import Evaluator

from seqweave.metrics.spans import tally_spans

Spans = list[tuple[str, int, int]]
LABELS = ("LOC", "PER")
SEQUENCES = 300


def conlleval(tags: list[str]) -> Spans:
    """Spans of IOB tags, malformed ones too: token by token, as the script of the shared tasks does."""
    found: Spans = []
    for i, tag in enumerate(tags):
        letter, _, label = tag.partition("-")
        if letter == "O":
            continue
        before = tags[i - 1] if i else "O"
        if letter == "I" and before != "O" and before.partition("-")[2] == label:
            found[-1] = (label, found[-1][1], i + 1)
        else:
            found.append((label, i, i + 1))
    return found


def random_tags(seed: int) -> tuple[list[list[str]], list[list[str]]]:
    """Random IOB tags, many malformed, and answers that are wrong at every fourth token."""
    draw = random.Random(seed)
    letters = ["O", "O", *(f"{letter}-{label}" for letter in "BI" for label in LABELS)]
    golds = [draw.choices(letters, k=draw.randint(1, 12)) for _ in range(SEQUENCES)]
    answers = [[draw.choice(letters) if draw.random() < 0.25 else tag for tag in gold] for gold in golds]
    return golds, answers


@pytest.mark.parametrize("seed", range(3))
def test_the_total_is_that_of_nervaluate_and_of_conlleval(seed: int) -> None:
    gold_tags, answer_tags = random_tags(seed)
    golds, answers = [conlleval(tags) for tags in gold_tags], [conlleval(tags) for tags in answer_tags]
    tally = tally_spans(golds, answers)
    theirs = Evaluator(gold_tags, answer_tags, tags=list(LABELS), loader="list").evaluate()
    strict = theirs["overall"]["strict"]
    assert tally.f1().counts.sum(axis=0).tolist() == [strict.correct, strict.actual, strict.possible]
    assert tally.f1().value == pytest.approx(100 * strict.f1)
    right = sum(len(set(gold) & set(answer)) for gold, answer in zip(golds, answers, strict=True))
    assert tally.precision().value == pytest.approx(100 * right / sum(map(len, answers)))
    assert tally.recall().value == pytest.approx(100 * right / sum(map(len, golds)))
    for label, row in tally.table().items():
        its = theirs["entities"][label]["strict"]
        ours = (row.precision.value, row.recall.value, row.f1.value, row.gold)
        assert ours == pytest.approx((100 * its.precision, 100 * its.recall, 100 * its.f1, its.possible))


def test_every_example_has_its_own_counts() -> None:
    gold_tags, answer_tags = random_tags(9)
    golds, answers = [conlleval(tags) for tags in gold_tags], [conlleval(tags) for tags in answer_tags]
    counts = tally_spans(golds, answers).f1().counts
    for row, gold, answer in zip(counts, golds, answers, strict=True):
        assert row.tolist() == [len(set(gold) & set(answer)), len(answer), len(gold)]


def test_ends_and_labels_must_be_right() -> None:
    gold = [("PER", 0, 2), ("LOC", 3, 4)]
    assert tally_spans([gold], [[("PER", 0, 1), ("PER", 3, 4)]]).f1().value == 0.0
    assert tally_spans([gold], [gold]).f1().value == 100.0
    assert tally_spans([[]], [[]]).f1().value == 0.0
