"""Minimal gated recurrent unit: a GRU whose gate and candidate no longer see the old state.

Paper: Feng et al., 2024, arXiv:2410.01201, section 3.1 and appendix B. For position t with input x and state h:

    z   = s(W_z x_t + b_z)                              update gate, s the logistic function
    n   = W_n x_t + b_n   or, positive,  g(W_n x_t + b_n)      g(a) = a + 1/2 from 0 on, s(a) below
    h_t = (1 - z) * h_{t-1} + z * n

so all gates are one product, and what is left is a scan. Differs: learned is -W_z, the weight of what is kept, 1 - z:
the same function; the scan runs in order, which needs no logarithms of states and so no positive candidates.
"""

from __future__ import annotations

from seqweave.layers.contracts import encoder
from seqweave.layers.pooled_direction import Pooled, PooledDirection
from seqweave.layers.recurrent import Direction, RecurrentConfig, RecurrentEncoder
from seqweave.layers.scan.forms import Form


@encoder("mingru")
class MinGRUConfig(RecurrentConfig):
    """Minimal gated recurrent unit: the fewest weights and the least work of all gated recurrences."""

    positive: bool = False
    """Candidates are made positive, as where the paper scans over logarithms."""

    def build(self, in_dim: int) -> RecurrentEncoder:
        """A fresh encoder of vectors of size `in_dim`."""
        form = Form("positive" if self.positive else "linear")

        def direction(depth: int, width: int) -> Direction:
            return PooledDirection(width, self.size(depth), Pooled(form, weight_drop=self.weight_drop))

        return RecurrentEncoder(direction, in_dim, self)
