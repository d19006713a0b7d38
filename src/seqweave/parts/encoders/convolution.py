"""One-dimensional convolutions over time: each state sees a window that grows with depth.

Paper: Collobert et al., 2011, JMLR 12 (windows over a sentence); Kim, 2014, arXiv:1408.5882; dilated layers: Strubell
et al., 2017, arXiv:1702.02098; residual blocks: Bai et al., 2018, arXiv:1803.01271. For layer l, width w and
step s = dilation^l:

    y_t  = relu(b + sum_{k=1..w} W_k x_{t + (k - 1 - (w - 1) // 2) * s})      x is zero outside of the row
    x'_t = y_t  or, residual,  x_t + y_t

Differs: windows lie around the position (Bai et al. look only back); an even width sees one position more to the right.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's documents use

from seqweave.layers.contracts import Encoded, Encoder, EncoderConfig, encoder, zero_padding
from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.linear import Linear
from seqweave.layers.pooling import masked_max


@encoder("convolution")
class ConvolutionConfig(EncoderConfig):
    """Convolutions over time: fast, with a window of limited width."""

    hidden: int = Field(200, ge=1)
    """Number of filters of each layer, the size of the states."""

    layers: int = Field(2, ge=1, le=64)
    """Number of convolutions, one over the other."""

    width: int = Field(3, ge=1)
    """Number of positions that a filter spans."""

    dilation: int = Field(1, ge=1)
    """Each layer's positions lie this many times as far apart as those of the layer below; 1 leaves no gaps."""

    residual: bool = True
    """Add each layer's input to its output."""

    dropout: DropoutConfig = DropoutConfig()
    """Dropout of each layer's output: a rate, or {kind: standard|locked, rate}."""

    def build(self, in_dim: int) -> ConvolutionEncoder:
        """A fresh encoder of vectors of size `in_dim`."""
        return ConvolutionEncoder(in_dim, self)


class ConvolutionEncoder(Encoder):
    """Convolutions of unchanged length, one over the other; the summary is the states' maximum over the row."""

    def __init__(self, in_dim: int, config: ConvolutionConfig) -> None:
        super().__init__()
        self.out_dim, self.residual = config.hidden, config.residual
        # a sum needs equal sizes, so residual layers begin with a projection
        self.project = Linear(in_dim, config.hidden) if config.residual else nn.Identity()
        dims = [config.hidden if config.residual else in_dim] + [config.hidden] * (config.layers - 1)
        self.convolutions = nn.ModuleList(
            SameConvolution(dim, config.hidden, config.width, config.dilation**layer) for layer, dim in enumerate(dims)
        )
        self.dropout = config.dropout.build()

    def forward(self, x: Tensor, mask: Tensor) -> Encoded:
        """States of every position and a summary of every row.

        Args:
            x: embedded positions. Shape (batch, time, in_dim), float.
            mask: True where a position is real. Shape (batch, time), bool.

        Returns:
            Encoded. states (batch, time, hidden), zero at padding; summary (batch, hidden).
        """
        states = zero_padding(self.project(x), mask)
        for convolution in self.convolutions:
            # zeroed before each convolution: what a bias left at padding would leak into real positions
            outputs = zero_padding(self.dropout(F.relu(convolution(states))), mask)
            states = states + outputs if self.residual else outputs
        return Encoded(states, masked_max(states, mask), mask)


class SameConvolution(nn.Module):
    """A convolution over time whose output is as long as its input."""

    def __init__(self, in_dim: int, out_dim: int, width: int, step: int) -> None:
        super().__init__()
        self.around = ((width - 1) // 2 * step, width // 2 * step)
        self.convolution = nn.Conv1d(in_dim, out_dim, width, dilation=step)

    def forward(self, x: Tensor) -> Tensor:
        """Convolved vectors. Shape (batch, time, in_dim) -> (batch, time, out_dim)."""
        padded = F.pad(x.transpose(1, 2), self.around)  # (batch, in_dim, time + reach)
        outputs: Tensor = self.convolution(padded)
        return outputs.transpose(1, 2)  # (batch, time, out_dim)
