"""Make the measured part of docs/search.md: train a small translator for a minute, and watch it search.

python scripts/search_runs.py [--run RUN] [--output results]

Without --run it trains anew on generated data, in a folder that is deleted afterwards. Writes
search-toy-zh-en.json, which `make docs` turns into tables and pictures.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NAME = "search-toy-zh-en"
INIT = "seqweave init translation --laboratory toy-zh-en --output lab.yaml"
TRAIN = (
    "seqweave train lab.yaml --run run -o training.epochs=6 -o training.batch_rows=16 -o training.learning_rate=0.008 "
    "-o training.warmup_steps=50 -o training.average=0.95 -o training.evaluate_every=750"
)
STUDY = "seqweave evaluate run --data lab-data/test.jsonl --search-errors --sentences 10 --json"
SOURCE = "他们 上周 在 桥 旁边 没有 保护 我的 便宜 的 朋友 。"
REFERENCE = "they did not protect my cheap friend beside the bridge last week ."
EXPLAIN = f'seqweave explain run "{SOURCE}" --reference "{REFERENCE}" --beam 3 --json'


def called(command: str, folder: Path) -> str:
    """What a command prints."""
    arguments = [sys.executable, "-m", *shlex.split(command)]
    return subprocess.run(arguments, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout


def measured(folder: Path) -> dict[str, Any]:
    """Study and tree of the run in a folder."""
    study, tree = json.loads(called(STUDY, folder)), json.loads(called(EXPLAIN, folder))
    scores = json.loads((folder / "run" / "scores.json").read_text("utf-8"))
    return gathered(study, tree, scores)


def gathered(study: dict[str, Any], tree: dict[str, Any], scores: dict[str, Any]) -> dict[str, Any]:
    """The result as it is written."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, check=True, capture_output=True, encoding="utf-8").stdout.strip()
    commands = {"init": INIT, "train": TRAIN, "study": STUDY, "explain": EXPLAIN}
    bleu = scores["test"]["scores"]["bleu"]["value"]
    return {"name": NAME, "commit": commit, "commands": commands, "bleu": bleu, "study": study, "explain": tree}


def main() -> None:
    """Train where no run is named, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="a folder with run/ and lab-data/, made by the two commands")
    parser.add_argument("--output", type=Path, default=Path("results"))
    arguments = parser.parse_args()
    with TemporaryDirectory() as made:
        folder = arguments.run or Path(made)
        if arguments.run is None:
            for command in (INIT, TRAIN):
                called(command, folder)
        found = measured(folder)
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    (arguments.output / f"{NAME}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
