"""Columns of tokens for tests, built without a corpus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqweave.data.corpus import Ragged, Strings


def strings(rows: Sequence[Sequence[str]]) -> Strings:
    """The column of these rows; forms stand in the table as they come."""
    places: dict[str, int] = {}
    ids = [places.setdefault(token, len(places) + 1) for row in rows for token in row]
    offsets = np.cumsum([0, *map(len, rows)])
    return Strings(["", *places], Ragged(np.array(ids, np.int32), offsets))
