"""Scores of tokens against scikit-learn on the flat tokens."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from sklearn import metrics as sklearn

from seqweave.core.errors import InternalError
from seqweave.metrics.tokens import sentence_accuracy, tally_tokens, token_accuracy


def sentences(seed: int) -> tuple[list[list[str]], list[list[str]]]:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(0, 6, 30)
    golds = [[str(tag) for tag in draw.choice(list("NVX"), length)] for length in lengths]
    answers = [[tag if draw.random() < 0.7 else "V" for tag in gold] for gold in golds]
    return golds, answers


@pytest.mark.parametrize("seed", range(3))
def test_tokens_score_as_in_scikit_learn(seed: int) -> None:
    golds, answers = sentences(seed)
    flat_golds, flat_answers = list(chain(*golds)), list(chain(*answers))
    right = 100 * sklearn.accuracy_score(flat_golds, flat_answers)
    assert token_accuracy(golds, answers).value == pytest.approx(right)
    tally = tally_tokens(golds, answers)
    assert tally.f1().value == pytest.approx(right)
    assert tally.macro_f1().value == pytest.approx(100 * sklearn.f1_score(flat_golds, flat_answers, average="macro"))
    theirs = sklearn.f1_score(flat_golds, flat_answers, labels=tally.labels, average=None)
    assert [row.f1.value for row in tally.table().values()] == pytest.approx(100 * theirs)


def test_an_example_is_a_sentence() -> None:
    golds, answers = sentences(1)
    counts = token_accuracy(golds, answers).counts
    assert counts[:, 1].tolist() == [len(gold) for gold in golds]
    whole = [gold == answer for gold, answer in zip(golds, answers, strict=True)]
    assert sentence_accuracy(golds, answers).value == pytest.approx(100 * np.mean(whole))
    assert (counts[:, 0] == counts[:, 1]).tolist() == whole


def test_a_missing_tag_is_our_fault() -> None:
    with pytest.raises(InternalError, match=r"sentence 1 has 2 gold tags and 1 answers.*E-METRIC-03"):
        token_accuracy([["N"], ["N", "V"]], [["N"], ["N"]])


def test_nothing_scores_zero() -> None:
    assert token_accuracy([], []).value == 0.0
    assert tally_tokens([], []).macro_f1().value == 0.0
