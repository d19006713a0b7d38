"""Long short-term memory: a gated cell that carries what it read over long distances.

Paper: Hochreiter and Schmidhuber, 1997, Neural Computation 9(8); forget gate: Gers et al., 2000, Neural Computation
12(10); two directions: Graves and Schmidhuber, 2005, Neural Networks 18. For position t with input x and state h, c:

    i, f, o = sigmoid(W x_t + U h_{t-1} + b)        one each, for input, forget and output gate
    g       = tanh(W x_t + U h_{t-1} + b)
    c_t     = f * c_{t-1} + i * g
    h_t     = o * tanh(c_t)

Weight-drop: Merity et al., 2018, arXiv:1708.02182, drops entries of U. Left out: peepholes.
"""

from __future__ import annotations

from seqweave.layers.cell_direction import cell_encoder
from seqweave.layers.contracts import encoder
from seqweave.layers.recurrent import RecurrentConfig, RecurrentEncoder


@encoder("lstm")
class LSTMConfig(RecurrentConfig):
    """Long short-term memory, the first choice for tagging and parsing."""

    def build(self, in_dim: int) -> RecurrentEncoder:
        """A fresh encoder of vectors of size `in_dim`."""
        return cell_encoder("LSTM", in_dim, self)
