"""Confident learning beside its definition, written as loops."""

import numpy as np
import pytest

from seqweave.metrics.label_noise import suspects


def slowly(probabilities, given):
    """Row to (given, likely, margin), by equations 1 and 2 of the paper."""
    labels = range(probabilities.shape[1])
    means = {}
    for j in labels:
        own = [p[j] for p, label in zip(probabilities, given, strict=True) if label == j]
        if own:
            means[j] = sum(own) / len(own)
    found = {}
    for row, (p, label) in enumerate(zip(probabilities, given, strict=True)):
        sure = [j for j in means if p[j] >= means[j]]
        if sure and (likely := max(sure, key=lambda j: p[j])) != label:
            found[row] = (label, likely, p[likely] - p[label])
    return found


@pytest.mark.parametrize("labels", [3, 4, 7])
def test_suspects_are_those_of_the_definition(labels):
    generator = np.random.default_rng(labels)
    probabilities = generator.dirichlet(np.full(labels, 0.4), size=200)
    given = np.array([generator.choice(labels, p=p) for p in probabilities])
    given[given == labels - 1] = 0  # a label that no row has
    found = suspects(probabilities, given)
    wanted = slowly(probabilities, given)
    assert {one.row: (one.given, one.likely) for one in found} == {row: pair[:2] for row, pair in wanted.items()}
    assert [one.margin for one in found] == pytest.approx(sorted((m for *_, m in wanted.values()), reverse=True))
    assert found
    assert labels - 1 not in {one.likely for one in found}


def test_labels_that_are_all_believed_are_no_suspects():
    assert suspects(np.eye(3), np.arange(3)) == []
