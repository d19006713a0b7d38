"""The contract of encoders whose layers below the top one are to be had, too."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from seqweave.layers.contracts import Encoder


class LayeredEncoder(Encoder, ABC):
    """An encoder whose layers below the top one are to be had, too."""

    @abstractmethod
    def layered(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """States of every layer, the top one's, which are those of `forward`, last.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real, real positions first. Shape (batch, time), bool.

        Returns:
            For each layer, shape (batch, time, out_dim).
        """
