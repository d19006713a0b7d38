"""Values out of a saved state, which may come from a stranger: of the right type, or a clear error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqweave.core.errors import DataError

LARGEST = float(np.finfo(np.float32).max)


def strings(state: Mapping[str, Any], key: str) -> list[str]:
    """A list of strings out of a saved state.

    Raises:
        DataError: if it is anything else.
    """
    found = state.get(key)
    if not isinstance(found, list) or not set(map(type, found)) <= {str}:
        raise malformed(f"{key!r} is not a list of strings")
    return found


def integers(state: Mapping[str, Any], key: str) -> np.ndarray:
    """A list of integers out of a saved state, as an array of int64.

    Raises:
        DataError: if it is anything else, or one does not fit 64 bits.
    """
    found = state.get(key)
    if not isinstance(found, list) or not set(map(type, found)) <= {int}:
        raise malformed(f"{key!r} is not a list of integers")
    try:
        return np.array(found, np.int64)
    except OverflowError as error:
        raise malformed(f"{key!r} has a number beyond 64 bits") from error


def distinct(state: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of names out of a saved state, in order, none empty and none twice.

    Raises:
        DataError: if it is anything else.
    """
    found = strings(state, key)
    if not found or found != sorted(set(found)) or "" in found:
        raise malformed(f"{key!r} is not a sorted list of names")
    return tuple(found)


def numbers(state: Mapping[str, Any], key: str) -> tuple[float, ...]:
    """A list of numbers of at least 0 out of a saved state, none beyond single precision.

    Raises:
        DataError: if it is anything else.
    """
    found = state.get(key)
    if not isinstance(found, list) or not all(type(item) in (int, float) and 0 <= item <= LARGEST for item in found):
        raise malformed(f"{key!r} is not a list of numbers from 0 to {LARGEST:.2g}")
    return tuple(map(float, found))


def mapping(state: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A mapping out of a saved state.

    Raises:
        DataError: if it is anything else.
    """
    found = state.get(key)
    if not isinstance(found, Mapping):
        raise malformed(f"{key!r} is not a mapping")
    return found


def malformed(why: str) -> DataError:
    """The error for a saved state that cannot be what was saved."""
    return DataError(
        "E-STATE-01", f"the saved features are malformed: {why}", mend="use the model folder as it was saved"
    )


def whole(state: Mapping[str, Any], key: str, limit: int) -> int:
    """A whole number from 0 to a limit out of a saved state.

    Raises:
        DataError: if it is anything else.
    """
    found = state.get(key)
    if type(found) is not int or not 0 <= found <= limit:
        raise malformed(f"{key!r} is not a whole number from 0 to {limit}")
    return found


def mappings(state: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """A list of mappings out of a saved state.

    Raises:
        DataError: if it is anything else.
    """
    found = state.get(key)
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise malformed(f"{key!r} is not a list of mappings")
    return list(found)
