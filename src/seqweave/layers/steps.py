"""Products at the steps of a pass that is learned from and goes step by step, a few rows at a time.

The weights are laid once for all steps (layers/repeated.py). Their gradient would be written and added up at every
step, a matrix of their size from a few rows; it is one product over the rows of all steps instead, made when the
backward pass has come back to the first of them.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from torch import Tensor
from torch.autograd.function import once_differentiable

from seqweave.layers.linear import Linear, for_weights, multiply
from seqweave.layers.repeated import Laid

Steps = Callable[[Tensor], Tensor]
"""A product at each step of a pass. Shape (sentences, beam, in_dim) -> (sentences, beam, out_dim)."""


def layer_steps(*layers: Linear, weight: Tensor | None = None) -> Steps:
    """The sum of layers' outputs, each of its part of the inputs, at each step of a pass.

    Where the layers learn, the gradient of their weights is one product of all steps. In bfloat16 and where autocast
    chooses a precision, it is one of each step.

    Args:
        layers: all of one out_dim, product and mode.
        weight: in place of the first one's, such as with connections dropped. Shape (out_dim, in_dim).
    """
    first = layers[0]
    return _steps(_LayerProduct(layers, weight), first.training and first.product != "bfloat16")


def sentence_steps(matrices: Tensor, learning: bool) -> Steps:
    """A product by a matrix of each sentence's own, such as its memory, at each step of a pass.

    Where they learn, their gradient is one product of all steps. A step may be of the first sentences alone.

    Args:
        matrices: Shape (sentences, in_dim, out_dim).
        learning: whether in training.
    """
    return _steps(_SentenceProduct(matrices), learning)


def beside(steps: Sequence[Tensor], sentences: int) -> Tensor:
    """Steps of the first sentences side by side, zeros where a sentence has none.

    Shapes (first sentences, beam, dim) -> (sentences, all steps' beam, dim).
    """
    return torch.cat([F.pad(step, (0, 0, 0, 0, 0, sentences - len(step))) for step in steps], dim=1)


class _Repeated(ABC):
    """A product, its gradient with respect to the inputs of a step, and that of what it holds, of all steps at once.

    Args:
        held: what learns.
    """

    def __init__(self, *held: Tensor) -> None:
        self.held, self._met = held, list[tuple[Tensor, Tensor]]()

    def meet(self, x: Tensor, gradient: Tensor) -> None:
        """Keep of a step what the gradient of what is held needs."""
        self._met.append((x, gradient))

    def gradients(self) -> tuple[Tensor | None, ...]:
        """Those of what is held, of all steps that were met."""
        inputs, gradients = zip(*self._met, strict=True)
        self._met.clear()
        return self.together(inputs, gradients)

    @abstractmethod
    def plain(self, x: Tensor) -> Tensor:
        """The product, differentiable. Shape (sentences, beam, in_dim) -> (sentences, beam, out_dim)."""

    @abstractmethod
    def forwards(self, x: Tensor) -> Tensor:
        """The product, no gradient. Shape (sentences, beam, in_dim) -> (sentences, beam, out_dim)."""

    @abstractmethod
    def backwards(self, gradient: Tensor) -> Tensor:
        """The gradient of the inputs. Shape (sentences, beam, out_dim) -> (sentences, beam, in_dim)."""

    @abstractmethod
    def together(self, inputs: Sequence[Tensor], gradients: Sequence[Tensor]) -> tuple[Tensor | None, ...]:
        """Gradients of what is held. Shapes of each step (sentences, beam, in_dim), (sentences, beam, out_dim)."""


class _LayerProduct(_Repeated):
    def __init__(self, layers: Sequence[Linear], weight: Tensor | None) -> None:
        first = layers[0].weight if weight is None else weight
        self.weights: list[Tensor] = [first, *(layer.weight for layer in layers[1:])]
        self.biases: list[Tensor] = [layer.bias for layer in layers if layer.bias is not None]
        self.product = layers[0].product
        super().__init__(*self.weights, *self.biases)

    def plain(self, x: Tensor) -> Tensor:
        """Shape (sentences, beam, sum of in_dim) -> (sentences, beam, out_dim)."""
        return multiply(x, self._matrix, self._bias, self.product)

    def forwards(self, x: Tensor) -> Tensor:
        """Shape (sentences, beam, sum of in_dim) -> (sentences, beam, out_dim)."""
        return self._forwards(x)

    def backwards(self, gradient: Tensor) -> Tensor:
        """Shape (sentences, beam, out_dim) -> (sentences, beam, sum of in_dim)."""
        return self._backwards(gradient)

    def together(self, inputs: Sequence[Tensor], gradients: Sequence[Tensor]) -> tuple[Tensor | None, ...]:
        """Shapes of each step (sentences, beam, sum of in_dim), (..., out_dim) -> those of what is held."""
        read, rows = (torch.cat([step.flatten(0, 1) for step in steps]) for steps in (inputs, gradients))
        matrix = for_weights(rows, read, self.product)
        weights = torch.split(matrix, [weight.shape[1] for weight in self.weights], dim=1)
        return *weights, *([rows.sum(dim=0)] * len(self.biases))

    @functools.cached_property
    def _matrix(self) -> Tensor:
        return self.weights[0] if len(self.weights) == 1 else torch.cat(self.weights, dim=1)

    @functools.cached_property
    def _bias(self) -> Tensor | None:
        return functools.reduce(torch.add, self.biases) if self.biases else None

    @functools.cached_property
    def _forwards(self) -> Laid:
        return Laid(self._matrix, self._bias, self.product)

    @functools.cached_property
    def _backwards(self) -> Laid:
        return Laid(self._matrix.t(), None, self.product)


class _SentenceProduct(_Repeated):
    def __init__(self, matrices: Tensor) -> None:
        super().__init__(matrices)
        self.matrices = matrices

    def plain(self, x: Tensor) -> Tensor:
        """Shape (sentences, beam, in_dim) -> (sentences, beam, out_dim)."""
        return torch.bmm(x, self.matrices[: len(x)])

    def forwards(self, x: Tensor) -> Tensor:
        """Shape (sentences, beam, in_dim) -> (sentences, beam, out_dim)."""
        return self.plain(x)

    def backwards(self, gradient: Tensor) -> Tensor:
        """Shape (sentences, beam, out_dim) -> (sentences, beam, in_dim)."""
        return torch.bmm(gradient, self.matrices[: len(gradient)].transpose(1, 2))

    def together(self, inputs: Sequence[Tensor], gradients: Sequence[Tensor]) -> tuple[Tensor | None, ...]:
        """Shapes of each step (first sentences, beam, in_dim), (..., out_dim) -> (sentences, in_dim, out_dim)."""
        read, found = (beside(steps, len(self.matrices)) for steps in (inputs, gradients))
        return (torch.bmm(read.transpose(1, 2), found),)


def _steps(product: _Repeated, learning: bool) -> Steps:
    first = product.held[0]
    rounds = torch.is_autocast_enabled(first.device.type)
    if rounds or not (learning and torch.is_grad_enabled() and first.requires_grad):
        return product.plain
    last = _Together.apply(product, *product.held)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    # the product must not hold `last`, the graph of which holds the product: no such ring is freed in time
    return lambda x: _Step.apply(x, last, product)  # type: ignore[no-untyped-call]  # as above


class _Step(torch.autograd.Function):
    """A step's product."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, last: Tensor, product: _Repeated) -> Tensor:  # noqa: ANN401, ARG004  # what torch hands over has no type; `last` is there to hang on
        """Shapes (sentences, beam, in_dim), () -> (sentences, beam, out_dim)."""
        ctx.save_for_backward(x)
        ctx.product = product
        return product.forwards(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401  # as above
        """Shape (sentences, beam, out_dim) -> (sentences, beam, in_dim)."""
        ctx.product.meet(*ctx.saved_tensors, gradient)
        return ctx.product.backwards(gradient), None, None


class _Together(torch.autograd.Function):
    """What all steps hold: its gradient is made of all of them at once."""

    @staticmethod
    def forward(ctx: Any, product: _Repeated, *held: Tensor) -> Tensor:  # noqa: ANN401  # as above
        """Any shapes -> (): a number that tells nothing, for the order of things."""
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*held)
        ctx.product = product
        return held[0].new_zeros(())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, _: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401  # as above
        """Shapes of what is held."""
        _ = ctx.saved_tensors  # torch refuses them if they have changed since
        return None, *ctx.product.gradients()
