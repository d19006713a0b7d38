"""The contract of averages: what is evaluated and saved in place of the weights as they stand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn

from seqweave.core.configuration import Config
from seqweave.core.errors import DataError
from seqweave.core.registry import Registry

AVERAGES = Registry("averages", "seqweave.training.averages")
average = AVERAGES.register


class Averaging(ABC):
    """Which weights are evaluated and saved."""

    @abstractmethod
    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 0."""

    @abstractmethod
    def evaluated(self, history: Sequence[float]) -> bool:
        """Take in that the weights were evaluated, and how good those of every evaluation so far were.

        Returns:
            Whether averaging begins with it.
        """

    @abstractmethod
    def applied(self) -> AbstractContextManager[None]:
        """Where the model holds the averaged weights."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """What must be found again to go on, by name; what `restore` takes."""

    @abstractmethod
    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up what was saved; what does not fit is a DataError."""


class AverageConfig(Config, ABC):
    """Settings of an average, and its factory."""

    @property
    @abstractmethod
    def copies(self) -> int:
        """Copies of the weights that it keeps at most."""

    @abstractmethod
    def build(self, model: nn.Module) -> Averaging:
        """The average of a model's trainable weights, from those that it has now on."""


class Weights:
    """The trainable weights of a model, and how others come into their place.

    Args:
        model: whose.
    """

    def __init__(self, model: nn.Module) -> None:
        named = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.names = list(named)
        self.tensors: list[Tensor] = list(named.values())

    def copies(self) -> list[Tensor]:
        """The weights as they stand."""
        return [weight.detach().clone() for weight in self.tensors]

    @contextmanager
    def replaced(self, by: Sequence[Tensor]) -> Iterator[None]:
        """Where the model holds others; the weights come back afterwards."""
        kept = self.copies()
        copy(by, self.tensors)
        try:
            yield
        finally:
            copy(kept, self.tensors)

    def named(self, tensors: Sequence[Tensor], prefix: str = "") -> dict[str, Tensor]:
        """Tensors in the order of the weights by name."""
        return {prefix + name: tensor for name, tensor in zip(self.names, tensors, strict=True)}


@torch.no_grad()
def copy(sources: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
    """Set the values of tensors to those of others."""
    for source, target in zip(sources, targets, strict=True):
        target.copy_(source)


def require_names(expected: set[str], found: Mapping[str, Tensor]) -> None:
    """Refuse averages of other weights.

    Raises:
        DataError: if the names differ.
    """
    if expected != set(found):
        raise DataError(
            "E-CKPT-07",
            f"the checkpoint averages other weights ({sorted(expected ^ set(found))[:3]})",
            mend="resume with the recipe and version that wrote it",
        )
