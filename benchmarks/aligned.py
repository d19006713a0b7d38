"""Does attention point at the source word that a written word comes from? Translators of the laboratory's toy grammar.

    seqweave init translation --laboratory toy-zh-en --size 50000 --output lab.yaml
    seqweave reproduce lab-toy-zh-en --data lab-data --seeds 1,2,3 --keep RUNS
    python benchmarks/aligned.py --runs RUNS --output results

Counted are the tokens of sentences that are written right: how many of them looked most at the source token that the
grammar made them from.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import torch
from measuring import arguments, command, commit, processor

from seqweave.data.corpus import Corpus
from seqweave.insight.answering import answer
from seqweave.laboratory.toy_zh_en import ToyLaboratory
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.seeds import SeedsFolder

NAME, GOAL = "bench-explain-attention", 0.95
UNSEEN = 20
"""A seed of sentences that no run was trained on."""


def measured(run: Path, count: int) -> tuple[float, float]:
    """Share of tokens that look at their source, and of sentences that are right, 0 to 1."""
    trained = Predictor.load(run).trained
    specimens = list(islice(ToyLaboratory().specimens(UNSEEN), count))
    answers = answer(
        trained.network, trained.codec, Corpus.of(trained.task.examples, [one.example for one in specimens])
    )
    right = [
        (one.evidence, found.links)
        for one, found in zip(specimens, answers, strict=True)
        if found.tokens == one.example.target_tokens
    ]
    pairs = [pair for evidence, links in right for pair in zip(evidence, links, strict=True)]
    return sum(origin == link for origin, link in pairs) / len(pairs), len(right) / count


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--runs", type=Path, required=True, help="what `reproduce --keep` kept")
    parser.add_argument("--sentences", type=int, default=500)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = SeedsFolder.open(options.runs)
    found = {seed: measured(path.path, options.sentences) for seed, path in folder.runs.items()}
    runs = [round(looked, 4) for looked, _ in found.values()]
    record = {
        "name": NAME,
        "what": "written words of a toy grammar that looked most at the source word they come from, as a share of all; "
        "the least of the runs",
        "better": "higher",
        "goal": GOAL,
        "ratio": min(runs),
        "runs": runs,
        "details": {f"seed {seed}: sentences right": round(right, 4) for seed, (_, right) in found.items()},
        "command": command(sys.argv),
        "threads": options.threads,
        "device": processor(),
        "versions": {"seqweave": version("seqweave"), "torch": torch.__version__, "python": platform.python_version()},
        "commit": commit(),
    }
    line = json.dumps(record, ensure_ascii=False)
    print(line)
    if options.output:
        (options.output / f"{NAME}.json").write_text(line + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
