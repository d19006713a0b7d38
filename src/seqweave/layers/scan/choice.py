"""The one place that chooses by which implementation a recurrence is computed: by the device alone, never by timing."""

from __future__ import annotations

import functools
import importlib
from typing import cast

import torch
from torch import Tensor

from seqweave.layers.scan import gradients, reference
from seqweave.layers.scan.forms import Form, Inputs
from seqweave.layers.scan.gradients import Kernels

MODULES = {"cpu": "seqweave.layers.scan.cpu", "cuda": "seqweave.layers.scan.gpu"}
NEEDED = {"cpu": "numba", "cuda": "triton"}
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
