"""Where two files that should be line-aligned slip: the lengths of translations tell.

A sentence's translation is about as long as the sentence, but for a factor of the two languages: Gale and Church, 1993,
aclanthology.org/J93-1004. Differs: one slip is looked for, by the absolute difference of log lengths.
"""

from __future__ import annotations

import numpy as np


def likely_slip(source: np.ndarray, target: np.ndarray) -> int:
    """The line, from 0, at which the longer file most likely has lines that the shorter one lacks.

    The lines before it stand side by side as they are, those from it on with the files' difference between them: the
    place that gives the least sum over all lines of | log(target / source) - median |.

    Args:
        source: length of each line, in characters. Shape (lines,), integer.
        target: the same of the other file, which has more lines or less. Shape (others,), integer.
    """
    one, other = np.log1p(source), np.log1p(target)
    one, other = one - np.median(one), other - np.median(other)
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    before = np.abs(longer[: len(shorter)] - shorter)
    after = np.abs(longer[len(longer) - len(shorter) :] - shorter)
    costs = np.concatenate([[0], np.cumsum(before)]) + np.concatenate([np.cumsum(after[::-1])[::-1], [0]])
    return int(np.argmin(costs))
