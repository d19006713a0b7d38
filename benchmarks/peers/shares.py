"""Where the time of a prediction goes: microseconds a word of each step from a text to its answer, the least of five.

Every step is a call of the line of docs/line.md, timed in processor seconds without a profiler, which would weigh on
small calls most.

    python benchmarks/peers/shares.py RUN TEXTS        a file of one text a line
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

import seqweave
from seqweave.data.corpus import Corpus
from seqweave.data.order import by_length, restored
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.answering import ALIKE, ANSWER_TOKENS
from seqweave.recipes.predictor import GROUP
from seqweave.recipes.saving import Trained

TIMES = 5
T = TypeVar("T")


class Laps(Counter[str]):
    """Seconds by step."""

    def time(self, step: str, work: Callable[[], T]) -> T:
        """Do a piece of a step's work."""
        begun = time.process_time()
        found = work()
        self[step] += time.process_time() - begun
        return found


def walk(trained: Trained, texts: list[str], tokenizer: Tokenizer) -> tuple[Laps, int]:
    """The seconds of every step over all texts, and their words."""
    laps, words = Laps(), 0
    task, codec, network = trained.task, trained.codec, trained.network
    for first in range(0, len(texts), GROUP):
        group = texts[first : first + GROUP]
        examples = laps.time("tokenizer", lambda group=group: [task.example(text, tokenizer) for text in group])
        words += sum(len(example.tokens) for example in examples)
        corpus = laps.time("corpus", lambda found=examples: Corpus.of(task.examples, found))
        dataset = laps.time("features", lambda found=corpus: codec.encode(found))
        cut, answers = by_length(dataset.lengths, ANSWER_TOKENS, alike=ALIKE), []
        for rows in cut:
            batch = laps.time("batch", lambda rows=rows, found=dataset: found.batch(rows))
            raw = laps.time("network", lambda batch=batch: network.predict(batch))
            answers += laps.time("answers", lambda raw=raw, batch=batch: codec.answers(raw, batch))
        pairs = list(zip(examples, restored(answers, cut), strict=True))
        laps.time("JSON values", lambda pairs=pairs: [task.render(one, task.joined([answer])) for one, answer in pairs])
    return laps, words


@torch.inference_mode()
def main() -> None:
    """Print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--tokens", action="store_true", help="spaces part ready tokens")
    options = parser.parse_args()
    torch.set_num_threads(1)
    trained = seqweave.load(options.run).trained
    tokenizer = SpacesConfig().fit(()) if options.tokens else trained.tokenizer
    texts = [line for line in options.texts.read_text(encoding="utf-8").splitlines() if line.strip()]
    walks = [walk(trained, texts, tokenizer) for _ in range(TIMES)]
    least = {step: min(laps[step] for laps, _ in walks) / walks[0][1] * 1e6 for step in walks[0][0]}
    for step, share in least.items():
        print(f"{step:12} {share:7.2f}")
    print(f"{'sum':12} {sum(least.values()):7.2f}  ({1e6 / sum(least.values()):,.0f} words a second)")


if __name__ == "__main__":
    main()
