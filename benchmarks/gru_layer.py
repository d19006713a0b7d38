"""Speed of a training step of our GRU layer, whose gradient is written out, over that of `nn.GRU`."""

from __future__ import annotations

import statistics
import time
from argparse import Namespace

import torch
from measuring import Question, arguments, report, times_ratio
from torch import nn

from seqweave.layers.linear import choose, use
from seqweave.parts.encoders.gru import GRUConfig

Size = tuple[int, int, int]
MAIN, OTHERS = (20, 200, 512), ((20, 200, 1024),)


def ratios(size: Size, options: Namespace) -> list[float]:
    """Our time over theirs. Size: batch, time and hidden."""
    batch, length, hidden = size
    ours = GRUConfig(hidden=hidden, bidirectional=False).build(hidden)
    use(ours, choose())
    theirs = nn.GRU(hidden, hidden, batch_first=True)
    x = torch.randn(batch, length, hidden, requires_grad=True)
    mask, gradient = torch.ones(batch, length, dtype=torch.bool), torch.randn(batch, length, hidden)
    return times_ratio(
        lambda: ours(x, mask).states.backward(gradient),
        lambda: theirs(x)[0].backward(gradient),
        options.rounds,
        time.process_time,
    )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=MAIN, help="batch, time and hidden asked about")
    parser.add_argument("--no-details", action="store_true", help="leave the other sizes out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    details = {
        "train B{} T{} H{}".format(*size): round(1 / statistics.median(ratios(size, options)), 3)
        for size in (() if options.no_details else OTHERS)
    }
    what = "GRU layer train step over nn.GRU, B{} T{} H{}".format(*options.size)
    found = ratios(tuple(options.size), options)
    report(Question("bench-gru-layer", what, "higher", 1.7), found, options, {"details": details})


if __name__ == "__main__":
    main()
