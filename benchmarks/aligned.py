"""Does attention point at the source word that a written word comes from? Translators of the laboratory's toy grammar.

    seqweave init translation --laboratory toy-zh-en --size 50000 --output lab.yaml
    seqweave reproduce lab-toy-zh-en --data lab-data --seeds 1,2,3 --keep RUNS
    python benchmarks/aligned.py --runs RUNS --output results

Counted are the tokens of sentences that are written right: how many of them looked most at the source token that the
grammar made them from. What counts are those that say which word was read; the others, such as the second word of "in
front of", need no look anywhere, and are told beside them.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import torch
from measuring import Question, arguments, record

from seqweave.data.corpus import Corpus
from seqweave.insight.answering import answer
from seqweave.laboratory.toy_zh_en import ToyLaboratory, tells
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.seeds import SeedsFolder

QUESTION = Question(
    "bench-explain-attention",
    "written words of a toy grammar that looked most at the source word they come from, "
    "as a share of those that say which word it was; the least of the runs",
    "higher",
    0.95,
)
UNSEEN = 20
"""A seed of sentences that no run was trained on."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Where a run looked. All are shares, 0 to 1: of telling tokens, of all tokens, and of sentences that are right."""

    telling: float
    all_tokens: float
    right: float


def looks(run: Path, count: int) -> Looks:
    """What a run does with sentences that it has not seen."""
    trained = Predictor.load(run).trained
    specimens = list(islice(ToyLaboratory().specimens(UNSEEN), count))
    answers = answer(
        trained.network, trained.codec, Corpus.of(trained.task.examples, [one.example for one in specimens])
    )
    hits: dict[bool, list[bool]] = {True: [], False: []}
    right = 0
    for specimen, found in zip(specimens, answers, strict=True):
        if found.tokens != specimen.example.target_tokens:
            continue
        right += 1
        written: Counter[int] = Counter()
        for origin, link in zip(specimen.evidence, found.links, strict=True):
            telling = tells(specimen.example.tokens[origin], written[origin])
            hits[telling].append(origin == link)
            written[origin] += 1
    return Looks(statistics.mean(hits[True]), statistics.mean(hits[True] + hits[False]), right / count)


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--runs", type=Path, required=True, help="what `reproduce --keep` kept")
    parser.add_argument("--sentences", type=int, default=500)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = SeedsFolder.open(options.runs)
    found = {seed: looks(path.path, options.sentences) for seed, path in folder.runs.items()}
    runs = [round(one.telling, 4) for one in found.values()]
    details = {
        f"seed {seed}": {part: round(share, 4) for part, share in asdict(one).items()} for seed, one in found.items()
    }
    record(QUESTION, min(runs), runs, options, {"details": details})


if __name__ == "__main__":
    main()
