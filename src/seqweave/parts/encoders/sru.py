"""Simple recurrent unit: one product a position, gates that see the old state entry by entry, and a highway.

Paper: Lei et al., 2018, arXiv:1709.02755, eq. 1-4. For position t with input x, state c, logistic function s and
entrywise products:

    f   = s(W_f x_t + v_f * c_{t-1} + b_f)              forget gate
    c_t = f * c_{t-1} + (1 - f) * (W x_t)
    r   = s(W_r x_t + v_r * c_{t-1} + b_r)              reset gate
    h_t = r * c_t + (1 - r) * a x_t                     a = sqrt(3), as r begins at 1/2

Differs: where x and c differ in size, the highway carries W_x x_t in place of a x_t; W x_t has a bias.
"""

from __future__ import annotations

from seqweave.layers.contracts import encoder
from seqweave.layers.pooled_direction import Pooled, PooledDirection
from seqweave.layers.recurrent import Direction, RecurrentConfig, RecurrentEncoder
from seqweave.layers.scan.forms import Form


@encoder("sru")
class SRUConfig(RecurrentConfig):
    """Simple recurrent unit: gates see the old state entry by entry, and a highway leads around each layer."""

    def build(self, in_dim: int) -> RecurrentEncoder:
        """A fresh encoder of vectors of size `in_dim`."""

        def direction(depth: int, width: int) -> Direction:
            size = self.size(depth)
            form = Form("linear", output_gate=True, highway="given" if width == size else "chunk")
            pooled = Pooled(form, peephole=True, weight_drop=self.weight_drop)
            return PooledDirection(width, size, pooled)

        return RecurrentEncoder(direction, in_dim, self)
