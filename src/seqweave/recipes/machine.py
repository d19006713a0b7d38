"""What is fast on this machine: measured in a few seconds, and which kernels a run would get here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, get_args

import torch

from seqweave.core.errors import RecipeError
from seqweave.layers.linear import Machine, Precision, Product, available, choose, multiply
from seqweave.layers.scan.choice import kernels
from seqweave.recipes.environment import processor, versions

SIDE = 1024
"""Rows and columns of the matrices: large enough for full speed, one product takes milliseconds."""
COPIED_BYTES = 1 << 27
SECONDS = 1.0
GIGA = 1e9
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "avx512_vnni", "amx_int8")


def describe() -> dict[str, Any]:
    """The machine, its speed, and the kernels that each precision would get; takes about five seconds."""
    machine = Machine.here()
    return {
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count() or 1,
            "threads used": torch.get_num_threads(),
            "instructions": ", ".join(flag for flag in FLAGS if flag in machine.flags) or "unknown",
            "GPU": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        },
        "matrix products, GFLOP/s": {product: _product_speed(product) for product in get_args(Product)},
        "memory, GB/s": {"copied": _copy_speed()},
        "products of a new run": {f"precision: {name}": _chosen(name, machine) for name in get_args(Precision)},
        "recurrences of qrnn, sru and mingru": {"on the CPU": _recurrences()},
        "versions": versions(),
    }


def _recurrences() -> str:
    """Which implementation computes them, and how to get the fast one."""
    if kernels("cpu") is None:
        return "a loop in torch, many times as slow; `pip install 'seqweave[fast]'` compiles them"
    return "compiled by numba"


def _chosen(precision: Precision, machine: Machine) -> str:
    """The product that a new run on the CPU would compute by."""
    try:
        return choose(precision, machine).product
    except RecipeError as error:
        return error.what


def _product_speed(product: Product) -> float | None:
    """Billions of additions and multiplications a second; None where the installed torch lacks the product."""
    if not available(product):
        return None
    left, right = torch.ones(SIDE, SIDE), torch.ones(SIDE, SIDE)
    return round(2 * SIDE**3 / _seconds(lambda: multiply(left, right, None, product)) / GIGA, 1)


def _copy_speed() -> float:
    """Billions of bytes read and written a second."""
    source = torch.ones(COPIED_BYTES // 4)
    target = torch.empty_like(source)
    return round(2 * COPIED_BYTES / _seconds(lambda: target.copy_(source)) / GIGA, 1)


@torch.inference_mode()
def _seconds(work: Callable[[], object]) -> float:
    """The shortest time of one call, among those that fit into a second; the first one is not counted."""
    work()
    ends = time.perf_counter() + SECONDS
    best = float("inf")
    while time.perf_counter() < ends or best == float("inf"):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best
