"""How near each recurrent layer comes to what the processor can do: its roofline.

A processor multiplies no faster than its peak, and fetches no faster than its memory. A layer that does F operations
and moves N bytes can reach no more than

    min(peak, F / N * bandwidth)        operations a second; F / N is its arithmetic intensity

Paper: Williams, Waterman and Patterson, 2009, doi:10.1145/1498765.1498785. Both limits are measured here: the peak by
products of square matrices, through torch's library and through oneDNN, the faster one counts; the bandwidth by copies
out of cache, bytes read and bytes written (as STREAM counts, without what a write fetches first). Points, peak and
bandwidth take turns, and of each the fastest call counts.

Every point is a training step: forward and backward, gradients of inputs and weights. Operations and bytes are not
measured but counted (`Work`): the products and the recurrence, each number moved once in each pass that needs it, a
recurrent matrix once a position. It is the least without a cache between passes: what caches keep is not fetched, and a
point may lie above the roof of memory.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from measuring import RUNS, Question, arguments, record
from torch import Tensor, nn

from seqweave.layers.chunked import CHUNK_BYTES, LEAST, cross_entropy
from seqweave.layers.contracts import EncoderConfig
from seqweave.layers.linear import Linear, available, choose, multiply, use
from seqweave.layers.scan.choice import scan
from seqweave.parts.encoders.gru import GRUConfig
from seqweave.parts.encoders.mingru import MinGRUConfig
from seqweave.parts.encoders.qrnn import QRNNConfig
from seqweave.parts.encoders.sru import SRUConfig

SIZES = ((1, 512, 512), (20, 200, 256), (20, 200, 1024))
"""Batch, time, hidden; inputs are as wide as states. Of one row, a product that waits has a vector for a matrix."""
SCANS = ((20, 200, 256), (128, 128, 1024))
"""In cache, and out of it."""
HEADS = ((700, 256, 10_000), (1400, 400, 33_278))
"""Positions, dim, words: the Penn Treebank's, and WikiText-2's."""
SQUARE, COPIED = 2048, 1 << 26
"""Side of the matrices whose product is the peak; numbers that are copied, 256 MiB."""
FLOAT = 4
"""Bytes of a number."""
MAIN = "qrnn"
QUESTION = Question(
    "bench-roofline",
    "share of the roof that a training step of a QRNN layer reaches, window 1, B{} T{} H{}",
    "higher",
    0.7,
)


@dataclass(frozen=True)
class Work:
    """Operations of a training step, and the numbers that it moves.

    Args:
        operations: multiplications and additions.
        numbers: read or written, float32.
    """

    operations: int
    numbers: int

    def __add__(self, other: Work) -> Work:
        return Work(self.operations + other.operations, self.numbers + other.numbers)

    @property
    def intensity(self) -> float:
        """Operations a byte."""
        return self.operations / (FLOAT * self.numbers)


def product_work(rows: int, inputs: int, outputs: int, times: int = 1) -> Work:
    """A product with weights, and both its gradients: three products, each of which reads two matrices and writes one.

    Args:
        rows: positions.
        inputs: width of what is multiplied.
        outputs: width of what comes of it.
        times: in how many parts of the rows; the weights are moved once for each, but their gradient in one product.
    """
    weights = (2 * times + 1) * inputs * outputs
    return Work(3 * 2 * rows * inputs * outputs, 3 * rows * (inputs + outputs) + weights)


def gates_work(rows: int, hidden: int, chunks: int) -> Work:
    """What stands between products and states; its few operations a number are not counted beside the products.

    Forward reads the products and writes states; backward reads products, states and their gradient, and writes the
    products' gradient.
    """
    return Work(0, rows * hidden * (chunks + 1 + chunks + 2 + chunks))


def recurrent_work(size: tuple[int, int, int], gates: int) -> Work:
    """A layer whose gates see the state before: 4 gates of an LSTM, 3 of a GRU."""
    batch, length, hidden = size
    rows = batch * length
    each = product_work(rows, hidden, gates * hidden), product_work(rows, hidden, gates * hidden, length)
    return sum(each, gates_work(rows, hidden, gates))


def pooled_work(size: tuple[int, int, int], chunks: int, window: int = 1) -> Work:
    """A layer whose gates see inputs alone: 3 chunks of a QRNN or an SRU, 2 of a minGRU."""
    batch, length, hidden = size
    rows = batch * length
    return product_work(rows, window * hidden, chunks * hidden) + gates_work(rows, hidden, chunks)


def scan_work(size: tuple[int, int, int]) -> Work:
    """Forward h = g * h' + x: 2 operations, 3 numbers; backward d = d' * g' + e and d * h': 3 operations, 5 numbers."""
    return Work(5 * math.prod(size), 8 * math.prod(size))


def head_work(positions: int, dim: int, words: int, chunks: int = 1) -> Work:
    """Scores of all words and their cross entropy, which reads and writes the scores once in each pass.

    In chunks of positions, each reads the weights twice, and writes its part of their gradient.
    """
    weights = Work(0, (chunks - 1) * dim * words)
    return product_work(positions, dim, words, chunks) + weights + Work(0, 4 * positions * words)


@dataclass(frozen=True)
class Case:
    """One point of the roofline.

    Args:
        kind: of layer.
        size: as it is told.
        work: of one call.
        call: a training step.
    """

    kind: str
    size: str
    work: Work
    call: Callable[[], object]


def layer_cases(size: tuple[int, int, int]) -> Iterator[Case]:
    """Every kind of layer at one size: batch, time, hidden."""
    batch, length, hidden = size
    told = f"B{batch} T{length} H{hidden}"
    x = torch.randn(size, requires_grad=True)
    mask, gradient = torch.ones(batch, length, dtype=torch.bool), torch.randn(size)

    def trained(layer: nn.Module, states: Callable[[], Tensor]) -> Callable[[], object]:
        leaves = (x, *layer.parameters())
        return lambda: torch.autograd.grad(states(), leaves, gradient)

    def theirs(layer: nn.RNNBase) -> Callable[[], object]:
        return trained(layer, lambda: layer(x)[0])

    def ours(config: EncoderConfig) -> Callable[[], object]:
        layer = config.build(hidden)
        use(layer, choose())
        return trained(layer, lambda: layer(x, mask).states)

    one = {"hidden": hidden, "bidirectional": False}
    yield Case("nn.LSTM", told, recurrent_work(size, 4), theirs(nn.LSTM(hidden, hidden, batch_first=True)))
    yield Case("nn.GRU", told, recurrent_work(size, 3), theirs(nn.GRU(hidden, hidden, batch_first=True)))
    yield Case("gru", told, recurrent_work(size, 3), ours(GRUConfig(**one)))
    yield Case(MAIN, told, pooled_work(size, 3), ours(QRNNConfig(window=1, **one)))
    yield Case("qrnn, window 2", told, pooled_work(size, 3, 2), ours(QRNNConfig(window=2, **one)))
    yield Case("sru", told, pooled_work(size, 3), ours(SRUConfig(**one)))
    yield Case("mingru", told, pooled_work(size, 2), ours(MinGRUConfig(**one)))


def scan_case(size: tuple[int, int, int]) -> Case:
    """The recurrence alone."""
    x, gate = torch.randn(size, requires_grad=True), torch.rand(size, requires_grad=True)
    start, gradient = torch.zeros(size[0], size[2]), torch.ones(size)
    return Case(
        "scan",
        "B{} T{} H{}".format(*size),
        scan_work(size),
        lambda: torch.autograd.grad(scan(x, gate, start), (x, gate), gradient),
    )


def head_cases(positions: int, dim: int, words: int) -> Iterator[Case]:
    """The output layer of a language model, its scores all at once and in chunks."""
    head = Linear(dim, words)
    use(head, choose())
    states, targets = torch.randn(positions, dim, requires_grad=True), torch.randint(words, (positions,))
    leaves = (states, head.weight, head.bias)

    def full() -> Tensor:
        return F.cross_entropy(F.linear(states, head.weight, head.bias), targets, reduction="sum")

    chunks = -(-positions // max(LEAST, CHUNK_BYTES // (FLOAT * words)))
    told = f"{positions:,} positions, dim {dim}, {words:,} words"
    for kind, loss, parts in (
        ("head, all scores", full, 1),
        ("head, chunks", lambda: cross_entropy(states, head, targets), chunks),
    ):
        yield Case(
            kind,
            told,
            head_work(positions, dim, words, parts),
            lambda loss=loss: torch.autograd.grad(loss(), leaves),
        )


def limits() -> Iterator[Case]:
    """The peak of products, by each library that is there, and the bandwidth of memory."""
    square = torch.randn(2, SQUARE, SQUARE)
    for product in ("torch", "onednn"):
        if available(product):
            yield Case(
                "peak",
                product,
                Work(2 * SQUARE**3, 3 * SQUARE**2),
                lambda product=product: multiply(square[0], square[1], None, product),
            )
    source, target = torch.ones(2, COPIED)
    yield Case("copy", f"{FLOAT * COPIED >> 20} MiB", Work(0, 2 * COPIED), lambda: target.copy_(source))


def fastest(cases: list[Case], rounds: int, clock: Callable[[], float]) -> list[float]:
    """Seconds of the fastest call of each, all taking turns, after one to warm up."""
    best = [math.inf] * len(cases)
    for turn in range(1 + rounds):
        for i, case in enumerate(cases):
            start = clock()
            case.call()
            best[i] = min(best[i], clock() - start) if turn else math.inf
    return best


def roof(cases: list[Case], seconds: list[float]) -> dict[str, Any]:
    """The record's part that the page draws: GFLOP/s and GB/s of the machine, and each point under its roof."""
    timed = list(zip(cases, seconds, strict=True))
    peaks = {case.size: case.work.operations / spent / 1e9 for case, spent in timed if case.kind == "peak"}
    copied = next(FLOAT * case.work.numbers / spent / 1e9 for case, spent in timed if case.kind == "copy")
    peak = max(peaks.values())
    points = []
    for case, spent in timed:
        if case.kind in ("peak", "copy"):
            continue
        reached = case.work.operations / spent / 1e9
        points.append(
            {
                "kind": case.kind,
                "size": case.size,
                "operations": case.work.operations,
                "bytes": FLOAT * case.work.numbers,
                "milliseconds": round(1000 * spent, 3),
                "intensity": round(case.work.intensity, 3),
                "gflops": round(reached, 2),
                "share": round(reached / min(peak, case.work.intensity * copied), 3),
            }
        )
    peaks = {product: round(found, 1) for product, found in peaks.items()}
    return {"peak_gflops": peaks, "copy_gbytes": round(copied, 2), "product": choose().product, "points": points}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, action="append", help="batch, time, hidden of layers; may repeat")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    sizes = [tuple(size) for size in options.size or SIZES]
    cases = [
        *limits(),
        *(case for size in sizes for case in layer_cases(size)),
        *(scan_case(size) for size in SCANS),
        *(case for size in HEADS for case in head_cases(*size)),
    ]
    # other programs do not count towards the processor's time; but it adds up what threads do side by side
    clock = time.process_time if options.threads == 1 else time.perf_counter
    runs = [roof(cases, fastest(cases, max(options.rounds, 3), clock)) for _ in range(RUNS)]
    shares = [asked(run["points"]) for run in runs]
    share = statistics.median(shares)
    question = replace(QUESTION, what=QUESTION.what.format(*sizes[-1]))
    record(question, share, shares, options, runs[shares.index(share)])


def asked(points: list[Mapping[str, Any]]) -> float:
    """The share that is asked about: of the last, largest size."""
    share: float = [point["share"] for point in points if point["kind"] == MAIN][-1]
    return share


if __name__ == "__main__":
    main()
