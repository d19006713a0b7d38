"""The simple recurrent network: each state is a function of the input and of the state before.

Paper: Elman, 1990, Cognitive Science 14(2); rectified: Le et al., 2015, arXiv:1504.00941. For position t:

    h_t = f(W x_t + U h_{t-1} + b),  f = tanh or max(0, .)

Differs: U begins orthogonal, not as the identity that Le et al. use with the rectifier.
"""

from __future__ import annotations

from typing import Literal

from seqweave.layers.cell_direction import cell_encoder
from seqweave.layers.contracts import encoder
from seqweave.layers.recurrent import RecurrentConfig, RecurrentEncoder


@encoder("rnn")
class RNNConfig(RecurrentConfig):
    """Simple recurrent network: small and fast, with a short memory."""

    activation: Literal["tanh", "relu"] = "tanh"
    """What each state passes through; `relu` remembers longer and may blow up, so clip its gradients."""

    def build(self, in_dim: int) -> RecurrentEncoder:
        """A fresh encoder of vectors of size `in_dim`."""
        return cell_encoder("RNN_RELU" if self.activation == "relu" else "RNN_TANH", in_dim, self)
