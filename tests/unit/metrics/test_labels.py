"""Scores of labels against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn
from sklearn.preprocessing import MultiLabelBinarizer

from seqweave.core.errors import InternalError
from seqweave.metrics.labels import accuracy, best_threshold, confusion, tally_labels

LABELS = "abcde"


def singles(seed: int, examples: int = 60) -> tuple[list[str], list[str]]:
    draw = np.random.default_rng(seed)
    # the last label is never gold and the first never answered, so that both kinds of absence occur
    return list(draw.choice(list(LABELS[:-1]), examples)), list(draw.choice(list(LABELS[1:]), examples))


def subsets(seed: int, examples: int = 60) -> list[tuple[str, ...]]:
    chosen = np.random.default_rng(seed).random((examples, len(LABELS))) < 0.3
    return [tuple(label for label, is_in in zip(LABELS, row, strict=True) if is_in) for row in chosen]


def tuples(labels: list[str]) -> list[tuple[str, ...]]:
    return [(str(label),) for label in labels]


@pytest.mark.parametrize("seed", range(5))
def test_single_labels_score_as_in_scikit_learn(seed: int) -> None:
    golds, answers = singles(seed)
    tally = tally_labels(tuples(golds), tuples(answers))
    right = 100 * sklearn.accuracy_score(golds, answers)
    assert accuracy(tuples(golds), tuples(answers)).value == pytest.approx(right)
    assert tally.f1().value == pytest.approx(right)
    assert tally.macro_f1().value == pytest.approx(100 * sklearn.f1_score(golds, answers, average="macro"))
    theirs = sklearn.precision_recall_fscore_support(golds, answers, labels=tally.labels, zero_division=0)
    for i, row in enumerate(tally.table().values()):
        ours = (row.precision.value, row.recall.value, row.f1.value)
        assert ours == pytest.approx([100 * theirs[column][i] for column in range(3)])
        assert row.gold == theirs[3][i]


@pytest.mark.parametrize("seed", range(5))
def test_label_sets_score_as_in_scikit_learn(seed: int) -> None:
    golds, answers = subsets(seed), subsets(seed + 100)
    binarizer = MultiLabelBinarizer(classes=list(LABELS)).fit([])
    gold, answer = binarizer.transform(golds), binarizer.transform(answers)
    tally = tally_labels(golds, answers)
    assert accuracy(golds, answers).value == pytest.approx(100 * sklearn.accuracy_score(gold, answer))
    for ours, score in ((tally.precision(), sklearn.precision_score), (tally.recall(), sklearn.recall_score)):
        assert ours.value == pytest.approx(100 * score(gold, answer, average="micro"))
    assert tally.f1().value == pytest.approx(100 * sklearn.f1_score(gold, answer, average="micro"))
    assert tally.macro_f1().value == pytest.approx(100 * sklearn.f1_score(gold, answer, average="macro"))


def test_resampled_macro_f1_is_that_of_the_drawn_examples() -> None:
    golds, answers = singles(7, examples=8)
    measure = tally_labels(tuples(golds), tuples(answers)).macro_f1()
    generator = np.random.default_rng(3)
    sums = measure.resampled(20, seed=3)
    for value in measure.finish(sums):
        drawn = generator.integers(0, len(golds), len(golds))
        theirs = sklearn.f1_score(np.array(golds)[drawn], np.array(answers)[drawn], average="macro")
        assert value == pytest.approx(100 * theirs)


def test_confusion_counts_as_scikit_learn() -> None:
    golds, answers = singles(3)
    found = confusion(golds, answers)
    theirs = sklearn.confusion_matrix(golds, answers, labels=list(found.labels))
    assert [tuple(cell) for cell in found.cells.tolist()] == [(*pair, n) for pair, n in np.ndenumerate(theirs) if n]
    assert found.gold.tolist() == theirs.sum(axis=1).tolist()
    assert found.labels == tuple(LABELS)


def test_as_many_labels_as_examples_take_no_table_of_both() -> None:
    names = [f"{number:06}" for number in range(30_000)]  # squared, they would take 7 GB
    tally = tally_labels(tuples(names), tuples([*names[1:], names[0]]))
    assert tally.f1().value == 0
    assert tally.table()[names[7]].gold == 1
    assert len(confusion(names, names).cells) == len(names) == len(tally.table())


def test_a_label_that_never_occurs_has_no_row() -> None:
    with pytest.raises(KeyError):
        tally_labels([("a",)], [("c",)]).table()["b"]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("digits", [1, 8])
def test_no_threshold_is_better_than_the_best(seed: int, digits: int) -> None:
    draw = np.random.default_rng(seed)
    golds = draw.random((12, 3)) < 0.4
    probabilities = np.round(np.clip(0.4 * golds + 0.6 * draw.random(golds.shape), 0, 1), digits)

    def f1(threshold: float) -> float:
        answers = probabilities >= threshold
        return float(2 * (golds & answers).sum() / (golds.sum() + answers.sum()))

    chosen = best_threshold(golds, probabilities)
    candidates = [0.0, *np.unique(probabilities), 0.5]
    assert f1(chosen) == pytest.approx(max(map(f1, candidates)))


def test_the_threshold_without_gold_labels_is_neutral() -> None:
    assert best_threshold(np.zeros((4, 2), bool), np.random.default_rng(0).random((4, 2))) == 0.5


def test_equal_probabilities_are_not_parted() -> None:
    golds, probabilities = np.array([[1, 0, 0, 0, 0, 1]], bool), np.array([[0.6, 0.6, 0.6, 0.6, 0.6, 0.2]])
    assert best_threshold(golds, probabilities) == pytest.approx(0.1)


def test_of_equal_thresholds_the_nearest_to_a_half_is_taken() -> None:
    golds, probabilities = np.array([[True, True, False]]), np.array([[0.9, 0.6, 0.2]])
    assert best_threshold(golds, probabilities) == pytest.approx(0.4)


def test_unpaired_answers_are_our_fault() -> None:
    with pytest.raises(InternalError, match="E-METRIC-02"):
        accuracy([("a",)], [])


def test_nothing_scores_zero() -> None:
    tally = tally_labels([(), ()], [(), ()])
    assert (tally.f1().value, tally.macro_f1().value, tally.table()) == (0.0, 0.0, {})
    assert accuracy([(), ()], [(), ()]).value == 100.0
