"""Speed of a training step of our GRU layer, whose gradient is written out, over that of `nn.GRU`."""

from __future__ import annotations

import time

import torch
from measuring import Question, arguments, report, times_ratio
from torch import nn

from seqweave.layers.linear import choose, use
from seqweave.parts.encoders.gru import GRUConfig

BATCH, TIME, HIDDEN = 20, 200, 512


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(BATCH, TIME, HIDDEN), help="batch, time and hidden")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    batch, length, hidden = options.size
    ours = GRUConfig(hidden=hidden, bidirectional=False).build(hidden)
    use(ours, choose())
    theirs = nn.GRU(hidden, hidden, batch_first=True)
    x = torch.randn(batch, length, hidden, requires_grad=True)
    mask, gradient = torch.ones(batch, length, dtype=torch.bool), torch.randn(batch, length, hidden)
    ratios = times_ratio(
        lambda: ours(x, mask).states.backward(gradient),
        lambda: theirs(x)[0].backward(gradient),
        options.rounds,
        time.process_time,
    )
    what = f"GRU layer train step over nn.GRU, B{batch} T{length} H{hidden}"
    report(Question("bench-gru-layer", what, "higher", 1.7), ratios, options)


if __name__ == "__main__":
    main()
