"""What is to blame for a loss or a gradient that is not finite: the module, and the input lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from seqweave.core.errors import RecipeError
from seqweave.layers.contracts import Model
from seqweave.training.contract import Draw, Portion, Stream

if TYPE_CHECKING:
    from seqweave.training.devices import Devices

PLACES_SHOWN = 5


class NonFinite(Exception):  # noqa: N818  # a finding of the step; the loop turns it into the error a user sees
    """A step met a loss or a gradient that is not finite, and changed nothing.

    Args:
        portions: what the step was given.
    """

    def __init__(self, portions: Sequence[Portion]) -> None:
        super().__init__("a loss or a gradient is not finite")
        self.portions = portions


def blamed(model: Model[Any, Any], stream: Stream, found: NonFinite, devices: Devices) -> RecipeError:
    """The error to show: each row is tried alone, and the first module that puts out NaN or infinity is named."""
    rows = [replace(p.draw, rows=np.array([row])) for p in found.portions for row in p.draw.rows]
    bad = [(draw, cause) for draw in rows if (cause := _cause(model, stream, draw, devices))]
    if bad:
        what = f"the loss is not finite: {bad[0][1]}"
        places = [str(stream.places(draw)[0]) for draw, _ in bad]
    else:
        what = "the loss is not finite, though each row alone is" if devices.world == 1 else "the loss is not finite"
        places = [str(stream.places(draw)[0]) for draw in rows]
    more = f" and {len(places) - PLACES_SHOWN} more" if len(places) > PLACES_SHOWN else ""
    return RecipeError(
        "E-TRAIN-01",
        f"{what}, in {', '.join(places[:PLACES_SHOWN])}{more}; nothing of this step was kept",
        mend="look at these lines, or train with a lower training.learning_rate or training.clip",
    )


def _cause(model: Model[Any, Any], stream: Stream, draw: Draw, devices: Devices) -> str:
    """What goes wrong in a row alone, or the empty string."""
    model.zero_grad()
    names: list[str] = []
    hooks = [module.register_forward_hook(_watch(name, names)) for name, module in model.named_modules() if name]
    try:
        with devices.autocast():
            total = model.loss(stream.batch(draw).to(devices.device)).total
    finally:
        for hook in hooks:
            hook.remove()
    if not torch.isfinite(total):
        return f"module {names[0]!r} is the first to put out NaN or infinity" if names else "every module is sound"
    torch.autograd.backward(total)
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
            return f"the gradient of {name!r} holds NaN or infinity"
    return ""


def _watch(name: str, names: list[str]) -> Callable[[nn.Module, object, object], None]:
    def hook(module: nn.Module, inputs: object, output: object) -> None:  # noqa: ARG001  # torch's signature
        if any(_broken(tensor) for tensor in _tensors(output)):
            names.append(name)

    return hook


def _broken(tensor: Tensor) -> bool:
    """NaN or +infinity; scores of -infinity are lawful where something is forbidden."""
    return tensor.is_floating_point() and bool((tensor.isnan() | tensor.isposinf()).any())


def _tensors(output: object) -> Iterator[Tensor]:
    """Every tensor inside tuples, mappings and dataclasses."""
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, Mapping):
        for value in output.values():
            yield from _tensors(value)
    elif isinstance(output, tuple | list):
        for value in output:
            yield from _tensors(value)
    elif is_dataclass(output):
        for part in fields(output):
            yield from _tensors(getattr(output, part.name))
