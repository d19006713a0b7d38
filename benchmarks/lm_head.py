"""The output layer of language models: our cross entropy against F.cross_entropy(F.linear(...)), forward and backward.

Time at a vocabulary of 33,278 words (WikiText-2's), and beside it at 250,000; peak memory of both sizes. The gradients
of states and weights are there after any loss, so that memory is what is held beyond them, and beyond what was held
before; each in a fresh process, by what the operating system says that it ever held (`ru_maxrss`).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from measuring import RUNS, Question, arguments, report, times_ratio
from torch import Tensor

from seqweave.layers.chunked import cross_entropy
from seqweave.layers.linear import Linear, choose, use

DIM = 400
SIZES = {"33k": (33_278, 1400), "250k": (250_000, 700)}
LARGE_TIME, LARGE_MEMORY = 1.1, 0.2
TIME = Question(
    "bench-lm-head-time", "time of the loss of a language model over that of F.cross_entropy(F.linear)", "lower", 0.65
)
MEMORY = Question(
    "bench-lm-head-memory",
    "memory beyond the gradients that the loss of a language model needs, over what F.cross_entropy(F.linear) needs",
    "lower",
    0.5,
)
MIB = 1 << 20


class Case:
    """States, weights and targets; and the mean loss of both rivals, forward and backward."""

    def __init__(self, words: int, positions: int) -> None:
        torch.manual_seed(0)
        self.words = Linear(DIM, words)
        use(self.words, choose())
        self.states = torch.randn(positions, DIM, requires_grad=True)
        self.targets = torch.randint(words, (positions,))

    def ours(self) -> Tensor:
        """As a language model is trained."""
        return self._learned(lambda: cross_entropy(self.states, self.words, self.targets) / len(self.targets))

    def theirs(self) -> Tensor:
        """As it is written everywhere."""
        return self._learned(
            lambda: F.cross_entropy(F.linear(self.states, self.words.weight, self.words.bias), self.targets)
        )

    def learned(self) -> list[Tensor]:
        """The gradients of states, weights and bias."""
        return [one.grad for one in (self.states, self.words.weight, self.words.bias) if one.grad is not None]

    def _learned(self, lost: Callable[[], Tensor]) -> Tensor:
        self.states.grad = self.words.weight.grad = self.words.bias.grad = None
        loss = lost()
        loss.backward()
        return loss.detach()

    def agree(self) -> None:
        """Both have one loss, and one gradient."""
        ours, for_ours = self.ours(), self.learned()
        theirs, for_theirs = self.theirs(), self.learned()
        torch.testing.assert_close(ours, theirs)
        torch.testing.assert_close(for_ours, for_theirs)


def peak(rival: str, size: str) -> float:
    """Megabytes that one of both holds at most, beyond what this process held before and the gradients."""
    torch.set_num_threads(1)
    Case(100, 20).agree()
    case = Case(*SIZES[size])
    learn: Callable[[], Tensor] = getattr(case, rival)
    before = _held()
    learn()
    return _held() - before - sum(one.numel() * one.element_size() for one in case.learned()) / MIB


def fresh(rival: str, size: str) -> float:
    """The same in a process of its own."""
    called = [sys.executable, __file__, "--of", rival, "--at", size]
    return float(subprocess.run(called, check=True, capture_output=True, text=True).stdout)


def memory(options: argparse.Namespace) -> None:
    """The record of memory."""
    peaks = {size: [{of: fresh(of, size) for of in ("ours", "theirs")} for _ in range(RUNS)] for size in SIZES}
    ratios = {size: [one["ours"] / one["theirs"] for one in found] for size, found in peaks.items()}
    more = {"what": f"{MEMORY.what}; {_sizes('33k')}", "megabytes": peaks["33k"]}
    report(
        MEMORY, ratios["33k"], options, more | _large(ratios["250k"], LARGE_MEMORY) | {"large_megabytes": peaks["250k"]}
    )


def timed(options: argparse.Namespace) -> None:
    """The record of time."""
    torch.set_num_threads(options.threads)
    ratios = {}
    for size, shape in SIZES.items():
        case = Case(*shape)
        case.agree()
        rounds = options.rounds if size == "33k" else 3
        ratios[size] = times_ratio(case.ours, case.theirs, rounds, time.process_time)
    more = {"what": f"{TIME.what}; {_sizes('33k')}", "product": choose().product}
    report(TIME, ratios["33k"], options, more | _large(ratios["250k"], LARGE_TIME))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--only", choices=("time", "memory"), help="one record in place of both")
    parser.add_argument("--of", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    parser.add_argument("--at", choices=SIZES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.of:
        print(peak(options.of, options.at))
        return
    if options.only != "time":
        memory(options)
    if options.only != "memory":
        timed(options)


def _sizes(size: str) -> str:
    words, positions = SIZES[size]
    return f"{positions:,} positions, {words:,} words, dim {DIM}"


def _large(ratios: list[float], goal: float) -> dict[str, object]:
    """What stands beside a record: the same at the large vocabulary."""
    found = [round(ratio, 4) for ratio in ratios]
    return {"large": {"what": _sizes("250k"), "goal": goal, "ratio": statistics.median(found), "runs": found}}


def _held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB


if __name__ == "__main__":
    main()
