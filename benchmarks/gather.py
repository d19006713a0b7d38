"""Speed of gathering token batches (distinct forms and their word ids): over the usual tensor a sentence, and alone.

Lengths and forms are drawn like those of ordinary English text, as many as in a corpus of two million words.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from measuring import RUNS, Question, arguments, report, times_ratio
from torch.nn.utils.rnn import pad_sequence

from seqweave.data.corpus import Ragged, Strings
from seqweave.data.features.contract import FormColumn
from seqweave.data.gather import Gatherer
from seqweave.data.order import batches

SENTENCES, FORMS, BATCH_TOKENS = 100_000, 50_000, 4096
COLLATE = Question(
    "bench-collate", f"million words a second into padded tensors, batches of {BATCH_TOKENS} tokens", "higher", 20.0
)


def seconds(gather: Callable[[np.ndarray], object], batch_rows: list[np.ndarray], rounds: int) -> float:
    """Time of all batches, each at its fastest; round after round, so that none finds its own words in the cache."""
    best = [float("inf")] * len(batch_rows)
    for _ in range(max(rounds, 3)):
        for i, rows in enumerate(batch_rows):
            start = time.perf_counter()
            gather(rows)
            best[i] = min(best[i], time.perf_counter() - start)
    return sum(best)


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(options.threads)
    generator = np.random.default_rng(0)
    lengths = np.minimum(generator.lognormal(2.8, 0.7, SENTENCES).astype(np.int64) + 1, 200)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.minimum(generator.zipf(1.3, offsets[-1]), FORMS).astype(np.int32)
    table = generator.integers(0, 20_000, FORMS + 1)
    gather = Gatherer(Strings([""] * (FORMS + 1), Ragged(ids, offsets)), {"words": FormColumn(table)})
    sentences = [torch.from_numpy(row.astype(np.int64)) for row in np.split(ids, offsets[1:-1])]
    by_form = torch.from_numpy(table)

    def padded(rows: np.ndarray) -> tuple[torch.Tensor, ...]:
        forms = pad_sequence([sentences[row] for row in rows.tolist()], batch_first=True)
        distinct, index = torch.unique(forms, return_inverse=True)
        return index, by_form[distinct], forms > 0

    large = batches(lengths, BATCH_TOKENS, seed=1, epoch=0)[:200]
    for size, some in (("16 sentences", [rows[:16] for rows in large]), (f"{BATCH_TOKENS} tokens", large)):
        ratios = times_ratio(
            lambda some=some: [gather(rows) for rows in some],
            lambda some=some: [padded(rows) for rows in some],
            options.rounds,
        )
        name = f"bench-gather-{size.replace(' ', '-')}"
        report(Question(name, f"token batches of {size} over pad_sequence and unique", "higher", 2.0), ratios, options)
    millions = sum(int(lengths[rows].sum()) for rows in large) / 1e6
    report(COLLATE, [seconds(gather, large, options.rounds) / millions for _ in range(RUNS)], options)


if __name__ == "__main__":
    main()
