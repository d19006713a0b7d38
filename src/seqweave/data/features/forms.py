"""Distinct forms of a corpus: how often they occur, and how they are written before they are looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from seqweave.data.corpus import Ragged, Strings
from seqweave.data.features.contract import UNKNOWN

COUNTED_AT_ONCE = 1 << 22
"""Tokens that are counted in one go: counting copies them as wider numbers, and they may lie in a large file."""

_DIGIT = re.compile(r"\d")


def form_counts(tokens: Strings) -> np.ndarray:
    """How often each form of the table occurs in the rows given. Shape (forms,), int64."""
    ids, counts = token_ids(tokens), np.zeros(len(tokens.table), np.int64)
    for start in range(0, len(ids), COUNTED_AT_ONCE):
        counts += np.bincount(ids[start : start + COUNTED_AT_ONCE], minlength=len(counts))
    return counts


def token_ids(tokens: Strings) -> np.ndarray:
    """The form of every token of the rows given, end to end. Shape (tokens,), integer."""
    ids = tokens.ids
    return ids.values[ids.offsets[0] : ids.offsets[-1]]


def token_rows(tokens: Strings) -> np.ndarray:
    """The row of every token of the rows given. Shape (tokens,), int64."""
    return np.repeat(np.arange(len(tokens.ids)), tokens.ids.lengths)


def neighbours(ids: np.ndarray, rows: np.ndarray, step: int, edge: int) -> np.ndarray:
    """The ids that stand `step` positions to the right (left where negative), `edge` beyond a row's ends.

    Args:
        ids: an id for every token. Shape (tokens,), integer.
        rows: the row of every token, never falling. Shape (tokens,), integer.
        step: how far to look.
        edge: what stands outside.
    """
    found = np.full_like(ids, edge)
    if step == 0:
        return ids
    if abs(step) >= len(ids):
        return found
    here, there = (slice(None, -step), slice(step, None)) if step > 0 else (slice(-step, None), slice(None, step))
    found[here] = np.where(rows[here] == rows[there], ids[there], edge)
    return found


def distinct(keys: np.ndarray) -> np.ndarray:
    """The distinct keys, rising. `np.unique` without counts hashes them, 50 times slower on millions (NumPy 2.4)."""
    ordered = np.sort(keys)
    first: np.ndarray = ordered[np.concatenate([np.ones(min(len(ordered), 1), bool), ordered[1:] != ordered[:-1]])]
    return first


def written(forms: Sequence[str], lowercase: bool, zero_digits: bool = False) -> list[str]:
    """Forms in lower case, digits of any script as 0, where asked for."""
    found = [form.lower() for form in forms] if lowercase else list(forms)
    return [_DIGIT.sub("0", form) for form in found] if zero_digits else found


def head_tail(rows: Ragged, width: int) -> np.ndarray:
    """Rows side by side; of a row that is too long, its first and its last half.

    Args:
        rows: ids; row 0 is the empty one of padding.
        width: ids of each row; if odd, the first half is the longer one.

    Returns:
        Shape (rows, width), int32: 0 beyond a row's end. An empty row, but for row 0, is one unknown id.
    """
    lengths = rows.lengths[:, None]
    column = np.arange(width)
    from_end = (lengths > width) & (column >= (width + 1) // 2)
    at = np.where(from_end, lengths - width + column, column)
    real = column < lengths
    table = np.zeros(real.shape, np.int32)
    table[real] = rows.values[(rows.offsets[:-1, None] + at)[real]]
    table[1:, 0][rows.lengths[1:] == 0] = UNKNOWN
    return table
