"""The one place that chooses by which implementation a recurrence is computed: by the device alone, never by timing.

A run records it, and goes on with no other: implementations agree to the last digits, but not in them.
"""

from __future__ import annotations

import functools
import importlib
from typing import cast

import torch
from torch import Tensor, nn

from seqweave.core.errors import Notice, RecipeError
from seqweave.layers.scan import gradients, reference
from seqweave.layers.scan.forms import Form, Inputs
from seqweave.layers.scan.gradients import Kernels

MODULES = {"cpu": "seqweave.layers.scan.cpu", "cuda": "seqweave.layers.scan.gpu"}
NEEDED = {"cpu": "numba", "cuda": "triton"}
LOOP = "loop"
"""The name of the implementation that needs nothing but torch."""
FAST = "pip install 'seqweave[fast]'"
DTYPES = {
    "cpu": frozenset({torch.float32, torch.float64}),
    "cuda": frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16}),
}


@functools.cache
def kernels(device: str) -> Kernels | None:
    """The kernels of a type of device, "cpu" or "cuda"; None where there are none, or where their compiler is missing.

    Numba takes half a second to load, so it is first asked for here.
    """
    if device not in MODULES:
        return None
    try:
        importlib.import_module(NEEDED[device])
    except ImportError:
        return None
    return cast(Kernels, importlib.import_module(MODULES[device]))


class Scanning:
    """What computes a recurrence by the implementation that is chosen here."""


def implementation(model: nn.Module, device: str) -> str | None:
    """By what a model's recurrences are computed on a type of device: "numba", "triton" or "loop"; None without any."""
    if not any(isinstance(module, Scanning) for module in model.modules()):
        return None
    return LOOP if kernels(device) is None else NEEDED[device]


def require_same(before: str | None, now: str | None) -> None:
    """See that a run goes on with the implementation that it began with.

    Args:
        before: what it recorded; None where it has no such recurrence, or is older than the record.
        now: from `implementation`.

    Raises:
        RecipeError: if they differ.
    """
    if before in (None, now):
        return
    mend = f"`{FAST}`" if now == LOOP and before == NEEDED["cpu"] else f"resume where {before} computes them"
    raise RecipeError(
        "E-KERNEL-03",
        f"the run's recurrences were computed by {before}, and here they would be by {now}: the result would be that "
        "of neither",
        mend=f"{mend}, or train anew",
    )


def slow(found: str | None) -> Notice | None:
    """What is to be told of a model whose recurrences are computed by `found`, if anything."""
    what = f"recurrences are computed by a loop in torch, many times as slow; `{FAST}` compiles them"
    return Notice("W-SCAN-01", what) if found == LOOP else None


def scan(x: Tensor, gate: Tensor, start: Tensor) -> Tensor:
    """States h_t = gate_t * h_{t-1} + x_t, by the fastest implementation to be had.

    Args:
        x: what is added. Shape (batch, time, dim).
        gate: what the state is multiplied by. Shape (batch, time, dim).
        start: state before the first position. Shape (batch, dim).

    Returns:
        Shape (batch, time, dim).
    """
    found = _for(x)
    return reference.scan(x, gate, start) if found is None else gradients.scan(found, x, gate, start)


def pool(form: Form, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Outputs and states of a fused pooling, by the fastest implementation to be had; the equations stand in forms.py.

    Returns:
        Shapes (batch, time, dim), (batch, time, dim).
    """
    found = _for(inputs.products)
    return reference.pool(form, inputs) if found is None else gradients.pool(found, form, inputs)


def _for(x: Tensor) -> Kernels | None:
    device = x.device.type
    return kernels(device) if x.dtype in DTYPES.get(device, ()) else None
