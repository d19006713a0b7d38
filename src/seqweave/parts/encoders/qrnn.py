"""Quasi-recurrent network: gates see only inputs, so that one product computes them for all positions at once.

Paper: Bradbury et al., 2017, arXiv:1611.01576, eq. 1-5; zoneout after Krueger et al., 2017, arXiv:1606.01305. For
position t with the inputs X_t = [x_{t-k+1}; ...; x_t] of a window of k, logistic function s and entrywise products:

    z = tanh(W_z X_t),   f, o, i = s(W X_t)             one each
    f:    h_t = f * h_{t-1} + (1 - f) * z
    fo:   c_t = f * c_{t-1} + (1 - f) * z,   h_t = o * c_t
    ifo:  c_t = f * c_{t-1} + i * z,         h_t = o * c_t

Weight-drop lies on all products (Merity et al., 2018, arXiv:1708.02182). Differs: products have a bias; zoneout keeps
the old state whole, under ifo, too, where the paper would still add i * z; outside of training it takes its mean.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seqweave.layers.contracts import encoder
from seqweave.layers.dropout import Rate
from seqweave.layers.pooled_direction import Pooled, PooledDirection
from seqweave.layers.recurrent import Direction, RecurrentConfig, RecurrentEncoder
from seqweave.layers.scan.forms import Form


@encoder("qrnn")
class QRNNConfig(RecurrentConfig):
    """Quasi-recurrent network: gates see only a window of inputs, so a layer costs little more than a convolution."""

    window: int = Field(2, ge=1, le=64)
    """How many positions, the own one and those before it, the gates of the first layer see."""

    window_above: int = Field(1, ge=1, le=64)
    """The same for the layers above the first; each position more costs as much again."""

    pooling: Literal["f", "fo", "ifo"] = "fo"
    """The gates: forget; forget and output; forget, output and an input gate of its own."""

    zoneout: Rate = 0.0
    """Probability that an entry of a state stays as it was at the position before, from 0 to below 1."""

    dense: bool = False
    """Each layer reads the states of all layers below it and the input, not those of the next one alone."""

    def build(self, in_dim: int) -> RecurrentEncoder:
        """A fresh encoder of vectors of size `in_dim`."""
        form = Form("tanh", output_gate="o" in self.pooling, input_gate="i" in self.pooling)

        def direction(depth: int, width: int) -> Direction:
            window = self.window_above if depth else self.window
            pooled = Pooled(form, window, zoneout=self.zoneout, weight_drop=self.weight_drop)
            return PooledDirection(width, self.size(depth), pooled)

        return RecurrentEncoder(direction, in_dim, self, dense=self.dense)
