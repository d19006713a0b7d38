"""The order in which examples are seen: a pure function of (seed, epoch), so that a position is one integer.

Rows are shuffled, sorted by length inside windows of the shuffled order (so that a batch needs little padding), cut by
a budget of tokens, and the batches are shuffled again. Nothing here carries state: a resumed run, another number of
ranks or another machine computes the same list and goes on at its batch index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

WINDOW_BATCHES = 64
FEW_POSITIONS = 512

T = TypeVar("T")


def batches(
    lengths: np.ndarray, batch_tokens: int, seed: int, epoch: int, batch_rows: int | None = None
) -> list[np.ndarray]:
    """The batches of one epoch of training; every row stands in exactly one.

    Args:
        lengths: length of every example, in tokens. Shape (examples,), int64.
        batch_tokens: most positions in a batch, padding included; an example longer than that is a batch of its own.
        seed: of the recipe, >= 0.
        epoch: counted from 0.
        batch_rows: most examples in a batch; without it, short examples share batches by the hundred.

    Returns:
        Rows of each batch. Shapes (batch,), int64.
    """
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch])))
    shuffled = generator.permutation(len(lengths))
    mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
    window = max(round(WINDOW_BATCHES * batch_tokens / mean), 1)
    cut = [
        batch
        for first in range(0, len(shuffled), window)
        for batch in by_length(lengths, batch_tokens, shuffled[first : first + window], batch_rows)
    ]
    return [cut[position] for position in generator.permutation(len(cut))]


def by_length(
    lengths: np.ndarray,
    batch_tokens: int,
    rows: np.ndarray | None = None,
    batch_rows: int | None = None,
    alike: float = 0.0,
) -> list[np.ndarray]:
    """Batches from the shortest example to the longest: the order of evaluation, which needs the least padding.

    Args:
        lengths: length of every example, in tokens. Shape (examples,), int64.
        batch_tokens: most positions in a batch, padding included; an example longer than that is a batch of its own.
        rows: only these; all where not given. Equal lengths keep their order.
        batch_rows: most examples in a batch.
        alike: least share of its longest example that the shortest of a batch may have, 0 to 1; batches of up to 512
            positions need not keep to it, for they would cost as much as the padding they save.

    Returns:
        Rows of each batch. Shapes (batch,), int64.
    """
    rows = np.arange(len(lengths)) if rows is None else rows
    ordered = rows[np.argsort(lengths[rows], kind="stable")]
    sizes = np.maximum(lengths[ordered], 1)
    counts = np.arange(1, len(ordered) + 1)
    cut, first = [], 0
    while first < len(ordered):
        # no row is shorter than the first, so this many may fit; in them, rows x longest only grows
        many = min(max(batch_tokens // int(sizes[first]), 1), batch_rows or len(ordered))
        longest = sizes[first : first + many]
        positions = longest * counts[: len(longest)]
        fitting, few = positions.searchsorted((batch_tokens, FEW_POSITIONS), side="right").tolist()
        even = int((longest * alike).searchsorted(sizes[first], side="right"))
        taken = max(min(fitting, max(even, few)), 1)
        cut.append(ordered[first : first + taken])
        first += taken
    return cut


def restored(answers: Sequence[T], cut: Sequence[np.ndarray]) -> list[T]:
    """Answers that were given batch after batch, put back into the order of the examples.

    Args:
        answers: one for each row, in the order of the batches.
        cut: the batches, which together hold every row once.
    """
    order = np.argsort(np.concatenate([np.zeros(0, np.int64), *cut]))
    return [answers[position] for position in order.tolist()]


def shard(rows: np.ndarray, rank: int, world: int) -> np.ndarray:
    """One rank's part of a global batch; the parts differ by at most one row, and some are empty in a small batch."""
    return rows[rank::world]


def padding_share(lengths: np.ndarray, cut: Sequence[np.ndarray]) -> float:
    """Share of the positions of all batches that hold padding, 0 to 1."""
    positions = sum(len(rows) * max(int(lengths[rows].max()), 1) for rows in cut)
    return 1 - sum(int(lengths[rows].sum()) for rows in cut) / positions if positions else 0.0
