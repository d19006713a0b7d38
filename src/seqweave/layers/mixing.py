"""A learned mix of a network's layers: how much of each a task wants, and how large.

For states h_0 ... h_L of a token and learned numbers w_j and gamma:

    s = softmax(w),   mix = gamma * sum_j s_j h_j

Paper: Peters et al., 2018, arXiv:1802.05365, equation 1; dropout of layers: Kondratyuk and Straka, 2019,
arXiv:1904.02099, section 3.2; layer norm without weights, over each token's vector.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm


class LayerMix(nn.Module):
    """The weighted sum of layers.

    Args of the constructor: `depth`, number of layers; `norm`, whether each is normed before; `layer_dropout`, the
    probability that a layer is left out of a batch while training; `scale`, gamma before training.
    """

    def __init__(self, depth: int, *, norm: bool = False, layer_dropout: float = 0.0, scale: float = 1.0) -> None:
        super().__init__()
        self.weights, self.gamma = nn.Parameter(torch.zeros(depth)), nn.Parameter(torch.full((), scale))
        self.norm, self.layer_dropout = norm, layer_dropout

    def shares(self) -> Tensor:
        """How much of each layer is taken. Shape (depth,), sums to 1."""
        weights: Tensor = self.weights
        if self.training and self.layer_dropout:
            dropped = torch.rand_like(weights) < self.layer_dropout
            # never all of them: the mix of nothing would be no vector
            weights = weights.masked_fill(dropped & ~dropped.all(), -torch.inf)
        return weights.softmax(dim=0)

    def forward(self, layers: Tensor) -> Tensor:
        """The mix. Shape (depth, ..., dim) -> (..., dim)."""
        normed = layer_norm(layers, layers.shape[-1:]) if self.norm else layers
        return self.gamma * torch.einsum("l,l...->...", self.shares(), normed)
