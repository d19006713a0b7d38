"""How numba compiles the recurrences on a CPU, and how threads share them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import torch

Function = TypeVar("Function", bound=Callable[..., Any])

BLOCK = 256
"""Entries that are carried over time together: all rows of a block stay in the first cache."""
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
INNER: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
WORTH_A_THREAD = 1 << 16
"""Entries below which starting a thread takes longer than it saves."""


def kernel(function: Function) -> Function:
    """The function, compiled at its first call in each process: numba keeps compiled code as pickles, or not at all."""
    return cast(Function, numba.njit(function, **OPTIONS))


def part(function: Function) -> Function:
    """A function that only kernels may call, for it has no way in from Python: compiled with each."""
    return cast(Function, numba.njit(function, **INNER))


def spread(compiled: Callable[[int, int], None], shape: torch.Size) -> None:
    """Run a kernel over all blocks, on as many threads as torch may use.

    Threads are plain ones, for kernels run without the interpreter's lock, and numba's own may not be entered from two
    threads at once. Who computes a block does not change a bit of it.

    Args:
        compiled: takes the first block and the one after the last.
        shape: of the states, (batch, time, dim).
    """
    blocks = shape[0] * -(-shape[2] // BLOCK)
    count = max(1, min(torch.get_num_threads(), blocks, shape.numel() // WORTH_A_THREAD))
    bounds = [blocks * part // count for part in range(count + 1)]
    threads = [threading.Thread(target=compiled, args=bounds[part : part + 2]) for part in range(1, count)]
    for thread in threads:
        thread.start()
    compiled(0, bounds[1])
    for thread in threads:
        thread.join()
