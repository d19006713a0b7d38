"""Which labels are likely wrong, told from the probabilities that a model gave without having seen them.

A label is suspect where the model is surer of another one than it usually is of that other label's own examples:

    t_j      = mean of p(j | x) over all x whose given label is j
    likely_x = argmax of p(j | x) over the labels j with p(j | x) >= t_j
    x is suspect where there is such a label, and it is not the given one

Paper: Northcutt, Jiang and Chuang, 2021, arXiv:1911.00068, eq. 1 and 2; the suspects are the examples off the diagonal
of the confident joint. Differs: they are ranked by p(likely | x) - p(given | x) over all labels together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Suspect:
    """An example whose label is likely wrong.

    Args:
        row: of the probabilities.
        given: number of its label.
        likely: number of the label that the model is sure of.
        margin: how much likelier the model takes this one to be, -1 to 1.
    """

    row: int
    given: int
    likely: int
    margin: float


def suspects(probabilities: np.ndarray, given: np.ndarray) -> list[Suspect]:
    """The examples whose label is likely wrong, the surest first.

    Args:
        probabilities: of each label, from a model that was not trained on the row. Shape (rows, labels), float.
        given: number of each row's label. Shape (rows,), int.
    """
    rows, labels = probabilities.shape
    counts = np.bincount(given, minlength=labels)
    own = np.bincount(given, weights=probabilities[np.arange(rows), given], minlength=labels)
    thresholds = np.where(counts > 0, own / np.maximum(counts, 1), np.inf)
    sure = np.where(probabilities >= thresholds, probabilities, -1.0)
    likely = sure.argmax(axis=1)
    found = np.flatnonzero((sure.max(axis=1, initial=-1.0) >= 0) & (likely != given))
    margins = probabilities[found, likely[found]] - probabilities[found, given[found]]
    columns = (found, given[found], likely[found], margins)
    ranked = (column[np.argsort(-margins, kind="stable")].tolist() for column in columns)
    return [Suspect(*one) for one in zip(*ranked, strict=True)]
