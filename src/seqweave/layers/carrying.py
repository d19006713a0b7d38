"""The contract of models that read texts window by window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic

from seqweave.layers.contracts import BatchT, Loss, Model, RawT, State


class CarryingModel(Model[BatchT, RawT], ABC, Generic[BatchT, RawT]):
    """A model of texts that are read window by window: what it remembers of one is carried into the next.

    Law: windows, the carry handed on, give what the whole text gives.
    """

    @abstractmethod
    def loss_from(self, batch: BatchT, carry: State | None) -> tuple[Loss, State]:
        """The summed training loss of a window, and what is carried on, not detached.

        Args:
            batch: the window.
            carry: from the window before; None where the texts begin. Shapes (batch, ...).
        """

    @abstractmethod
    def predict_from(self, batch: BatchT, carry: State | None) -> tuple[RawT, State]:
        """The raw answers for a window, and what is carried on; called as `predict` is.

        Args:
            batch: the window.
            carry: from the window before; None where the texts begin. Shapes (batch, ...).
        """

    def loss(self, batch: BatchT) -> Loss:
        """The summed training loss of texts that begin with the batch."""
        return self.loss_from(batch, None)[0]
