"""Time of the compiled scan over that of copying as many bytes, out of cache; against the loop in torch as details.

Bytes are those that must move: a scan reads two numbers and writes one for each entry, its backward pass reads three
and writes two. What is copied makes as many new numbers as the scan does, for new memory is slow at its first touch;
the rest of the bytes is copied over old numbers. `--threads 2` is what the goal is set for.
"""

from __future__ import annotations

import statistics
import time

import torch
from measuring import Question, arguments, report, times_ratio

from seqweave.layers.scan import choice, reference
from seqweave.layers.scan.gradients import Kernels

SHAPE = (128, 128, 1024)
WRITTEN = {"forward": 1, "backward": 2}
"""Numbers an entry; each pass moves half a number an entry more than a copy of these, read and written."""
QUESTION = Question(
    "bench-scan-memory", "time of a scan over that of copying its bytes, B{} T{} H{}".format(*SHAPE), "lower", 1.3
)


def main() -> None:
    parser = arguments(__doc__)
    parser.set_defaults(threads=2)
    parser.add_argument("--shape", type=int, nargs=3, default=SHAPE, help="batch, time and hidden")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    found: Kernels | None = choice.kernels("cpu")
    assert found is not None, "the extra `fast` is not installed"
    x, gate = torch.randn(options.shape), torch.rand(options.shape)
    start = x.new_zeros(options.shape[0], options.shape[2])
    states = found.scan(x, gate, start)
    calls = {
        "forward": lambda: found.scan(x, gate, start),
        "backward": lambda: found.scan_backward(gate, start, states, x),
    }
    source, old = torch.ones(2, *options.shape), torch.ones(x.numel() // 2)

    def copy(count: int) -> None:
        source[:count].clone()
        old.copy_(source.view(-1)[: len(old)])

    # other programs do not count towards the processor's time; but it adds up what threads do side by side
    clock = time.process_time if options.threads == 1 else time.perf_counter
    measured = {
        name: times_ratio(call, lambda name=name: copy(WRITTEN[name]), options.rounds, clock)
        for name, call in calls.items()
    }
    leaves = [x.requires_grad_(), gate.requires_grad_()]
    loop = times_ratio(
        lambda: choice.scan(*leaves, start).backward(source[0]),
        lambda: reference.scan(*leaves, start).backward(source[0]),
        options.rounds,
        clock,
    )
    details = {
        "backward over a copy": round(statistics.median(measured["backward"]), 3),
        "forward and backward, times as fast as the loop in torch": round(1 / statistics.median(loop), 2),
    }
    report(QUESTION, measured["forward"], options, {"details": details})


if __name__ == "__main__":
    main()
