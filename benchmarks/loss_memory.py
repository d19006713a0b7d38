"""Peak memory of our cross entropy at a vocabulary of 32k over that of torch's, forward and backward, smoothed.

Each runs in a fresh process. Its peak is what the operating system says that the process ever held (`ru_maxrss`), less
what it ever held before the loss began, with states, weights and targets made and a tiny loss learned from: so the
gradients count on both sides, and what libraries load does not. Beside it, the time of both.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from measuring import RUNS, Question, arguments, report, times_ratio
from torch import Tensor

from seqweave.layers.chunked import cross_entropy
from seqweave.layers.linear import Linear

POSITIONS, DIM, WORDS, SMOOTHING = 1200, 256, 32_000, 0.1
QUESTION = Question(
    "bench-loss-memory",
    f"peak memory of the loss over that of F.cross_entropy, {POSITIONS} positions, {WORDS} words, dim {DIM}",
    "lower",
    0.5,
)
MIB = 1 << 20


class Case:
    """States, weights and targets; and the loss of both, forward and backward."""

    def __init__(self, positions: int, words: int) -> None:
        torch.manual_seed(0)
        self.words = Linear(DIM, words)
        self.states = torch.randn(positions, DIM, requires_grad=True)
        self.targets = torch.randint(words, (positions,))

    def ours(self) -> Tensor:
        """The mean loss."""
        return self._learned(cross_entropy(self.states, self.words, self.targets, SMOOTHING) / len(self.targets))

    def theirs(self) -> Tensor:
        """The mean loss."""
        return self._learned(F.cross_entropy(self.words(self.states), self.targets, label_smoothing=SMOOTHING))

    def _learned(self, loss: Tensor) -> Tensor:
        self.states.grad = self.words.weight.grad = self.words.bias.grad = None
        loss.backward()
        return loss.detach()

    def agree(self) -> None:
        """Both have one loss, and one gradient."""
        losses, gradients = [], []
        for learn in (self.ours, self.theirs):
            losses.append(learn())
            gradients.append([self.states.grad, self.words.weight.grad, self.words.bias.grad])
        torch.testing.assert_close(*losses)
        torch.testing.assert_close(*gradients)


def peak(rival: str) -> float:
    """Megabytes that one of both adds to what this process held at most."""
    torch.set_num_threads(1)
    Case(20, 100).agree()
    learn: Callable[[], Tensor] = getattr(Case(POSITIONS, WORDS), rival)
    before = _held()
    learn()
    return _held() - before


def fresh(rival: str) -> float:
    """The same in a process of its own."""
    told = subprocess.run([sys.executable, __file__, "--of", rival], check=True, capture_output=True, text=True)
    return float(told.stdout)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--of", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.of:
        print(peak(options.of))
        return
    torch.set_num_threads(options.threads)
    peaks = [{rival: fresh(rival) for rival in ("ours", "theirs")} for _ in range(RUNS)]
    case = Case(POSITIONS, WORDS)
    case.agree()
    times = times_ratio(case.ours, case.theirs, options.rounds, time.process_time)
    more = {"megabytes": peaks, "time_over_theirs": [round(ratio, 3) for ratio in times]}
    report(QUESTION, [one["ours"] / one["theirs"] for one in peaks], options, more)


def _held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB


if __name__ == "__main__":
    main()
