"""Products by the same weights again and again, a few rows at a time, as a search asks for them.

Such a product costs what it takes to read the weights, and libraries lay them anew at every call. So the weights are
laid once, those of layers that are added up side by side: in oneDNN's blocks for products of some rows, and as they are
for fewer. What is laid belongs to no state and is saved nowhere; it is laid anew when the weights have changed.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from seqweave.layers.linear import Linear, Product, multiplies, multiply, onednn

FEW = 4
"""Rows below which oneDNN's blocks only take longer: a plain product is then as fast as its weights are read."""

MANY = 64
"""Rows that blocks are laid for, which are as good for any other number."""


def repeated(x: Tensor, *layers: Linear) -> Tensor:
    """The sum of layers' outputs, each of its part of the inputs.

    In training, where a gradient is asked for, and in any precision but float32 it is just that sum; a pass that is
    learned from has layers/steps.py.

    Args:
        x: inputs of all layers, side by side. Shape (..., sum of in_dim), float.
        layers: all of one out_dim, product and mode.

    Returns:
        Shape (..., out_dim).
    """
    first = layers[0]
    if torch.is_grad_enabled() or first.training or first.product == "bfloat16" or not _plain(x):
        return _sum(x, layers)
    weights, state = _LAID.get(first), _state(layers)
    if weights is None or weights.state != state:
        parameters = _parameters(layers)
        if not all(_plain(held) and not held.is_inference() for held in parameters):
            return _sum(x, layers)
        weights = _LAID[first] = _Weights(parameters, state)
    return weights.multiply(x, first.product)


def _sum(x: Tensor, layers: Sequence[Linear]) -> Tensor:
    """What `repeated` is, by the layers themselves."""
    parts = [x] if len(layers) == 1 else torch.split(x, [layer.in_features for layer in layers], dim=-1)
    outputs: list[Tensor] = [layer(part) for layer, part in zip(layers, parts, strict=True)]
    return functools.reduce(torch.add, outputs)


_State = list[tuple[int, int]]


class _Weights:
    """Those of layers, matrices and biases, as they were when they were laid."""

    def __init__(self, parameters: Sequence[Tensor], state: _State) -> None:
        # held, so that no others can come to lie where these lie
        self.held, self.state = [parameter.detach() for parameter in parameters], state

    def multiply(self, x: Tensor, product: Product) -> Tensor:
        """Shape (..., sum of in_dim) -> (..., out_dim)."""
        if x.numel() < FEW * x.shape[-1] or not _lays():
            return multiply(x, self.rows, self.bias, product)
        return onednn(x, self.blocks, self.bias)

    @functools.cached_property
    def rows(self) -> Tensor:
        """The matrices side by side, one row an output. Shape (out_dim, sum of in_dim)."""
        return self._beside()

    @functools.cached_property
    def blocks(self) -> Tensor:
        """The same in oneDNN's order."""
        return _blocks(self._beside())

    @functools.cached_property
    def bias(self) -> Tensor | None:
        """Shape (out_dim,)."""
        biases = [held for held in self.held if held.dim() == 1]
        return functools.reduce(torch.add, biases) if biases else None

    def _beside(self) -> Tensor:
        matrices = [held for held in self.held if held.dim() > 1]
        return matrices[0] if len(matrices) == 1 else torch.cat(matrices, dim=1)


_LAID: WeakKeyDictionary[Linear, _Weights] = WeakKeyDictionary()


def _parameters(layers: Sequence[Linear]) -> list[Tensor]:
    """Matrices and biases, layer by layer."""
    return [held for layer in layers for held in (layer.weight, layer.bias) if held is not None]


def _state(layers: Sequence[Linear]) -> _State:
    """What tells whether weights are still those that were laid: where they lie, and how often they were changed.

    Changes are counted neither of tensors that are made for inference alone, nor by fused optimizers: of the latter it
    is known that the layer was in training mode.
    """
    found = [(held.data_ptr(), -1 if held.is_inference() else held._version) for held in _parameters(layers)]
    return [*found, *((layer.lessons, 0) for layer in layers)]


class Laid:
    """A product, without gradient, by weights that are laid once; as they are where the product is not oneDNN's.

    Args:
        weight: Shape (out_dim, in_dim).
        bias: Shape (out_dim,).
        product: how it is computed.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, product: Product) -> None:
        self.weight, self.bias, self.product = weight, bias, product

    def __call__(self, x: Tensor) -> Tensor:
        """Shape (..., in_dim) -> (..., out_dim)."""
        if self.product == "onednn" and _plain(x) and x.numel() >= FEW * x.shape[-1] and _lays():
            return onednn(x, self._laid, self.bias)
        return multiply(x, self.weight, self.bias, self.product)

    @functools.cached_property
    def _laid(self) -> Tensor:
        return _blocks(self.weight.contiguous())


def _plain(x: Tensor) -> bool:
    return x.dtype == torch.float32 and x.is_cpu


def _blocks(weight: Tensor) -> Tensor:
    blocks: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, MANY)
    return blocks


@functools.cache
def _lays() -> bool:
    """Can the installed torch lay weights for oneDNN?"""
    return multiplies(lambda x, weight, bias: onednn(x, _blocks(weight), bias))
