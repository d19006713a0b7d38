"""Speed of a linear layer's training step with the kernel chosen here over `F.linear`: fills layers/linear.py's table.

`--product` asks for another kernel than the chosen one; each has its own record.
"""

from __future__ import annotations

from typing import get_args

import torch
from measuring import Question, arguments, report, times_ratio

from seqweave.layers.linear import Kernels, Linear, Product, choose, use

ROWS, IN_DIM, OUT_DIM = 1024, 512, 2048


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--product", choices=get_args(Product), default=choose().product)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    ours, theirs = Linear(IN_DIM, OUT_DIM), Linear(IN_DIM, OUT_DIM)
    use(ours, Kernels(options.product))
    x, gradient = torch.randn(ROWS, IN_DIM, requires_grad=True), torch.randn(ROWS, OUT_DIM)
    ratios = times_ratio(lambda: ours(x).backward(gradient), lambda: theirs(x).backward(gradient), options.rounds)
    what = f"linear layer train step, {options.product} over F.linear, {ROWS} x {IN_DIM} to {OUT_DIM}"
    report(Question(f"bench-linear-{options.product}", what, "higher", 1.0), ratios, options)


if __name__ == "__main__":
    main()
