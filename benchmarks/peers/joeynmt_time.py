"""Training time of our translator until it is as good as JoeyNMT's gets, over what JoeyNMT needs for it.

Both learn Multi30k, English to German, from the same pieces; ours by its own recipe, JoeyNMT by its own training: the
network of the other races with dropout, a learning rate that falls with each pass, a validation after each, until the
passes are over. Both are judged by BLEU of greedy translations of the whole dev part. Processor seconds of reading,
evaluating and saving count. The two take turns: whenever ours has evaluated, JoeyNMT trains until it has spent as much.

    python benchmarks/peers/joeynmt_time.py --data DIR --peer-python PEERS/bin/python --output results
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from joeynmt_beam import quality
from multi30k import BATCH, hand_over, pairs, settings
from rival import Question, Rival, race_arguments, record
from turns import Evaluation, Turns

from seqweave.core.nodes import Document
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.reproduce import Reproduction
from seqweave.recipes.shipped import FOLDER
from seqweave.recipes.train import train

RECIPE = "multi30k-en-de"
QUESTION = Question(
    "bench-joeynmt-time",
    "processor seconds of training until greedy dev BLEU is the best of JoeyNMT, Multi30k English to German",
    "lower",
    0.5,
)
DROPOUT = 0.3
FALL = 0.9
"""What each pass of JoeyNMT leaves of its learning rate."""


def rival_settings(folder: Path, words: tuple[str, ...], passes: int, sentences: int) -> dict[str, Any]:
    """JoeyNMT's settings for a training of its own."""
    found = settings(folder, words)
    for side in found["model"].values():
        side |= {"dropout": DROPOUT, "embeddings": side["embeddings"] | {"dropout": DROPOUT}}
    found["model"]["decoder"]["hidden_dropout"] = DROPOUT
    found["training"] |= {
        "shuffle": True,
        "decrease_factor": FALL,
        "epochs": passes,
        "validation_freq": sentences // BATCH,
        "logging_freq": sentences // BATCH,
        "early_stopping_metric": "bleu",
        "keep_best_ckpts": 1,
    }
    found["testing"] |= {"eval_metrics": ["bleu"]}
    return found


def words_of(folder: Path) -> tuple[str, ...]:
    """All pieces of the training part."""
    files = (folder / f"train.theirs.{side}" for side in ("en", "de"))
    return tuple(sorted({piece for file in files for piece in file.read_text(encoding="utf-8").split()}))


def recipe(data: Path, overrides: list[str]) -> Document:
    """Ours, which searches greedily as JoeyNMT does in training."""
    return Reproduction.of(RECIPE, data, ["model.search={kind: greedy}", *overrides], ()).document()


def main() -> None:
    """Race once."""
    parser = race_arguments(__doc__)
    parser.add_argument("--passes", type=int, default=12, help="of JoeyNMT over the training part")
    parser.add_argument("-o", "--override", action="append", default=[], help="laid over our recipe")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    gold = [target for _, target in pairs(options.data, "dev")]
    with Rival(options.peer_python, "joeynmt_rival.py") as rival, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokenizer = hand_over(options.data, folder)
        sentences = len(pairs(options.data, "train"))
        rival.ask("begin", rival_settings(folder, words_of(folder), options.passes, sentences))
        turns = Turns("bleu", lambda until: judged(rival.ask("advance", until).value, tokenizer, gold))
        train(RunFolder.create(folder / "ours", recipe(options.data, options.override), FOLDER), turns.hear)
        turns.let(None)
        versions = rival.ask("versions").value
    record(QUESTION, [turns.ratio()], options, [turns.facts()], versions)


def judged(found: list[dict[str, Any]] | None, tokenizer: Tokenizer, gold: list[str]) -> list[Evaluation] | None:
    """JoeyNMT's evaluations by our BLEU, of words and not of pieces."""
    if found is None:
        return None
    return [{"seconds": one["seconds"], "bleu": quality(tokenizer, one["texts"], gold)} for one in found]


if __name__ == "__main__":
    main()
