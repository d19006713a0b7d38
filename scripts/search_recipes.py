"""What search does to a shipped translation recipe on its test data: greedy beside beam, search errors, near ties.

    seqweave reproduce NAME --data DIR --seeds 1 --keep RUNS
    python scripts/search_recipes.py NAME --run RUNS/seed-1 --output results

Writes search-NAME.json, which `make docs` turns into a part of docs/search.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from seqweave.insight.evaluate import Evaluation
from seqweave.metrics.measure import intervals
from seqweave.metrics.significance import paired_difference
from seqweave.recipes.certificate import certified
from seqweave.recipes.evaluation import judge, material_of
from seqweave.recipes.material import AnyCorpus
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.search_errors import Sample, searched

SEARCHES = {"greedy": "{kind: greedy}", "beam 5": "{kind: beam, size: 5}"}
METRICS = ("bleu", "chrf")


def scored(run: Path, corpus: AnyCorpus) -> dict[str, Evaluation]:
    """The corpus answered with each search."""
    predictor = Predictor.load(run)
    return {
        name: judge(predictor.steered(f"model.search={search}").trained, corpus, name)
        for name, search in SEARCHES.items()
    }


def measured(name: str, run: Path, sample: Sample) -> dict[str, Any]:
    """The record of a run, the files of which must lie where they were read."""
    material = material_of(run)
    if material is None:
        raise SystemExit(f"{run}: the files that it was trained on are gone or have changed")
    corpus, began_at = material.parts["test"], _commit()
    found = scored(run, corpus)
    greedy, beam = (found[name].scores for name in SEARCHES)
    gained = paired_difference(beam["bleu"], greedy["bleu"]).interval
    certificate = certified(run)[0].dump()
    return {
        "name": f"search-{name}",
        "commit": began_at,
        "commands": [
            f"seqweave reproduce {name} --data DIR --seeds {run.name.removeprefix('seed-')} --keep RUNS",
            f"python scripts/search_recipes.py {name} --run RUNS/{run.name} --sentences {sample.sentences} "
            f"--budget {sample.budget}",
        ],
        "signature": beam["bleu"].signature,
        "examples": len(corpus),
        "scores": {
            search: {
                metric: {key: round(value, 3) for key, value in interval.to_json().items()}
                for metric, interval in intervals({metric: one.scores[metric] for metric in METRICS}).items()
            }
            for search, one in found.items()
        },
        "gained": {key: round(value, 3) for key, value in gained.to_json().items()},
        "certificate": {key: certificate[key] for key in ("examples", "trials")},
        "study": searched(Predictor.load(run).trained, corpus, "test", sample),
    }


def _commit() -> str:
    git = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(git, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the recipe")
    parser.add_argument("--run", type=Path, required=True, help="RUNS/seed-1")
    parser.add_argument("--sentences", type=int, default=100, help="the shortest, for search errors (%(default)s)")
    parser.add_argument("--budget", type=int, default=1000, help="of exact search, hypotheses each (%(default)s)")
    parser.add_argument("--output", type=Path, default=Path("results"))
    options = parser.parse_args()
    found = measured(options.name, options.run, Sample(options.sentences, options.budget))
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    (options.output / f"{found['name']}.json").write_text(text, encoding="utf-8")
    print(json.dumps({key: found[key] for key in ("name", "scores", "gained")}, ensure_ascii=False))


if __name__ == "__main__":
    main()
