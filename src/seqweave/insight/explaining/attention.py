"""Where a network's attention looks: the weights of every head of every layer, for one text.

A map says what a position's next state is mixed from, not what the answer hangs on: Jain and Wallace, 2019,
arXiv:1902.10186.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqweave.layers.attention import Attention
from seqweave.layers.contracts import EncodingModel


@dataclass(frozen=True)
class AttentionMap:
    """The attention of one layer.

    Args:
        layer: number of the layer, from 1, in the order in which the text passes them.
        weights: share of each token (last axis) in what each token (second axis) sees. Shape (heads, time, time).
    """

    layer: int
    weights: np.ndarray


@torch.no_grad()
def attention_maps(network: EncodingModel[Any, Any], vectors: Tensor, mask: Tensor) -> tuple[AttentionMap, ...]:
    """The maps of every attention layer that the text passes; none where the network has no such layer.

    Args:
        network: the model; put to no other use while this runs.
        vectors: the embedded text. Shape (1, time, dim).
        mask: True where a position is real. Shape (1, time), bool.
    """
    seen: list[Tensor] = []

    def observe(layer: nn.Module, inputs: tuple[Tensor, Tensor, Tensor]) -> None:
        assert isinstance(layer, Attention)
        seen.append(layer.observed(*inputs)[1][0])

    with ExitStack() as stack:
        for layer in network.modules():
            if isinstance(layer, Attention):
                stack.callback(layer.register_forward_pre_hook(observe).remove)
        network.encode(vectors, mask)
    return tuple(AttentionMap(number, weights.double().numpy()) for number, weights in enumerate(seen, 1))
