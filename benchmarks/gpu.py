"""What is asked of a GPU: a QRNN layer over cuDNN's LSTM, a scan over a copy, an epoch of AWD by QRNN over one by LSTM.

Layers and scan compute in bfloat16; the scan's sums stay fp32 within. A scan reads two numbers and writes one for each
entry, a copy reads one and writes one: a scan at the speed of copying takes half as long again as a copy. Both AWD
recipes train on random words of Zipf's frequencies, a block of steps each in turn; epochs of one text are compared by
what a token takes. `--small` asks the same of tiny sizes on any device, to see that it runs.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from argparse import Namespace
from pathlib import Path

import torch
from encoder import training
from lm_train import write_texts
from measuring import RUNS, Question, arguments, report, times_ratio
from torch import nn

from seqweave.layers.scan import choice
from seqweave.parts.encoders.qrnn import QRNNConfig

Size = tuple[int, int, int]
"""Batch, time, hidden."""
LAYERS: dict[Size, float] = {(16, 1024, 768): 8.0, (8, 512, 320): 10.0}
"""Goals, the first that of the record."""
SCAN: Size = (64, 512, 1024)
SMALL_LAYERS: dict[Size, float] = {(2, 8, 16): 8.0, (1, 4, 8): 10.0}
SMALL_SCAN: Size = (2, 8, 16)
SMALL = ("model.embed.dim=8", "model.encoder.hidden=8", "model.encoder.top=8", "training.batch_rows=4")
SCANNED, COPIED = 3, 2
"""Numbers an entry that a scan and a copy move."""


def clock() -> float:
    """Seconds, once the GPU has done all that it was told."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def layer(size: Size, device: str, rounds: int) -> list[float]:
    """Time of our forward and backward pass over cuDNN's, once a run."""
    batch, length, hidden = size
    ours = QRNNConfig(hidden=hidden, window=1, bidirectional=False).build(hidden).to(device, torch.bfloat16)
    theirs = nn.LSTM(hidden, hidden, batch_first=True).to(device, torch.bfloat16)
    x, gradient = torch.randn(2, batch, length, hidden, device=device, dtype=torch.bfloat16)
    x.requires_grad_()
    mask = torch.ones(batch, length, dtype=torch.bool, device=device)
    return times_ratio(
        lambda: ours(x, mask).states.backward(gradient), lambda: theirs(x)[0].backward(gradient), rounds, clock
    )


def scan(size: Size, device: str, rounds: int) -> list[float]:
    """Time of a scan over that of copying as many bytes, once a run."""
    batch, length, hidden = size
    x, gate = torch.rand(2, batch, length, hidden, device=device, dtype=torch.bfloat16)
    start, copied = x.new_zeros(batch, hidden), torch.empty_like(x)
    found = times_ratio(lambda: choice.scan(x, gate, start), lambda: copied.copy_(x), rounds, clock)
    return [ratio * COPIED / SCANNED for ratio in found]


def epochs(rounds: int, overrides: tuple[str, ...]) -> list[float]:
    """Time of a token of AWD by QRNN over one by LSTM, once a run."""
    with tempfile.TemporaryDirectory() as folder:
        write_texts(Path(folder))
        qrnn, lstm = (
            training(name, Path(folder), overrides, cpu=False, clock=clock) for name in ("ptb-awd-qrnn", "ptb-awd-lstm")
        )
        turns = [next(qrnn) / next(lstm) for _ in range(RUNS * rounds)]
    return [statistics.median(turns[run * rounds : (run + 1) * rounds]) for run in range(RUNS)]


def measured(options: Namespace) -> None:
    """Ask all three, and report."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    (main, goal), *others = (SMALL_LAYERS if options.small else LAYERS).items()
    told = {"gpu": torch.cuda.get_device_name() if device == "cuda" else ""}
    beside = {
        "B{} T{} H{}".format(*size): round(1 / statistics.median(layer(size, device, options.rounds)), 3)
        for size, _ in others
    }
    what = "QRNN layer forward and backward over cuDNN's LSTM, bfloat16, B{} T{} H{}".format(*main)
    question = Question("bench-gpu-qrnn-layer", what, "higher", goal)
    report(question, layer(main, device, options.rounds), options, {**told, "details": beside})
    size = SMALL_SCAN if options.small else SCAN
    what = "a scan's share of the speed of copying, bfloat16, B{} T{} H{}".format(*size)
    question = Question("bench-gpu-scan", what, "higher", 0.7)
    report(question, scan(size, device, options.rounds), options, told)
    what = "an epoch of ptb-awd-lstm over one of ptb-awd-qrnn, random text"
    question = Question("bench-gpu-awd-epoch", what, "higher", 2.0)
    report(question, epochs(options.rounds, SMALL if options.small else ()), options, told)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--small", action="store_true", help="tiny sizes, on a CPU where there is no GPU")
    options = parser.parse_args()
    if not (options.small or torch.cuda.is_available()):
        parser.error("there is no GPU here; --small shows on a CPU that it runs")
    torch.set_num_threads(options.threads)
    measured(options)


if __name__ == "__main__":
    main()
