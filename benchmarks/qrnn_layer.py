"""Speed of a training step of a QRNN layer (window 1, fo-pooling) over that of `nn.LSTM`; other sizes are details.

`--precision bfloat16` multiplies in it (states and sums stay fp32), where the processor has instructions for it.
"""

from __future__ import annotations

import statistics
import time
from argparse import Namespace

import torch
from measuring import Question, arguments, report, times_ratio
from torch import Tensor, nn

from seqweave.layers.linear import choose, use
from seqweave.parts.encoders.qrnn import QRNNConfig

MAIN = (20, 200, 1024)
"""Batch, time, hidden: the size that is asked about."""
TRAINED = ((20, 200, 256), (20, 200, 640))
INFERRED = (MAIN, (1, 512, 512))
GOALS = {"float32": 2.3, "bfloat16": 5.0}
NAMES = {"float32": "fp32", "bfloat16": "bf16"}


def ratios(size: tuple[int, int, int], options: Namespace, *, train: bool = True) -> list[float]:
    """Our time over theirs, once a run."""
    batch, length, hidden = size
    ours = QRNNConfig(hidden=hidden, window=1, bidirectional=False).build(hidden)
    use(ours, choose(options.precision))
    theirs = nn.LSTM(hidden, hidden, batch_first=True)
    x = torch.randn(batch, length, hidden, requires_grad=train)
    mask, gradient = torch.ones(batch, length, dtype=torch.bool), torch.randn(batch, length, hidden)

    def call(states: Tensor) -> None:
        if train:
            states.backward(gradient)

    with torch.set_grad_enabled(train):
        return times_ratio(
            lambda: call(ours(x, mask).states), lambda: call(theirs(x)[0]), options.rounds, time.process_time
        )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--precision", choices=tuple(GOALS), default="float32")
    parser.add_argument("--main-size", type=int, nargs=3, default=MAIN, help="batch, time and hidden asked about")
    parser.add_argument("--no-details", action="store_true", help="leave the other sizes out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    batch, length, hidden = options.main_size
    products = f"{choose(options.precision).product} products"
    what = f"QRNN layer (window 1, fo, {products}) train step over nn.LSTM in float32, B{batch} T{length} H{hidden}"
    question = Question(f"bench-qrnn-layer-{NAMES[options.precision]}", what, "higher", GOALS[options.precision])
    details = {}
    for train, sizes in ((True, TRAINED), (False, INFERRED)) if not options.no_details else ():
        for size in sizes:
            name = f"{'train' if train else 'infer'} B{size[0]} T{size[1]} H{size[2]}"
            details[name] = round(1 / statistics.median(ratios(size, options, train=train)), 3)
    report(question, ratios(tuple(options.main_size), options), options, {"details": details})


if __name__ == "__main__":
    main()
