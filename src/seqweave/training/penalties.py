"""L1 and L2 penalties on chosen parameters, added to their gradients."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import torch
from torch import nn

from seqweave.core.errors import RecipeError
from seqweave.core.registry import nearest


class Penalties:
    """The gradients of `sum l1 * |w| + sum l2 * w^2`, over the parameters that the patterns name.

    Args:
        model: whose parameters.
        l1: pattern of parameter names (`encoder.*.weight`) to factor; those of all patterns that match add up.
        l2: the same for squares.

    Raises:
        RecipeError: if a pattern names no parameter.
    """

    def __init__(self, model: nn.Module, l1: Mapping[str, float], l2: Mapping[str, float]) -> None:
        trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._l1 = _matched(trainable, l1, "l1")
        self._l2 = _matched(trainable, l2, "l2")

    @torch.no_grad()
    def add(self) -> None:
        """Add the penalties' gradients; a parameter that had no gradient in this step gets none."""
        for parameter, factor in self._l1:
            if parameter.grad is not None:
                parameter.grad.add_(parameter.sign(), alpha=factor)
        for parameter, factor in self._l2:
            if parameter.grad is not None:
                parameter.grad.add_(parameter, alpha=2 * factor)


def _matched(
    parameters: Mapping[str, nn.Parameter], patterns: Mapping[str, float], key: str
) -> list[tuple[nn.Parameter, float]]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in parameters):
            raise RecipeError(
                "E-TRAIN-02",
                f"training.{key}: no parameter is named {pattern!r}",
                mend=f"use {nearest(pattern, tuple(parameters))}",
            )
    factors = {
        name: sum(factor for pattern, factor in patterns.items() if fnmatchcase(name, pattern)) for name in parameters
    }
    return [(parameter, factors[name]) for name, parameter in parameters.items() if factors[name]]
