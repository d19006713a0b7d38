"""Are explanations right where the truth is known? Models of the laboratory, in English and Chinese.

Sentiment hangs on a planted word and on the negation that governs it; the tag of an invariable verb hangs on the number
of its governing noun, over nouns of either number. Counted is how often the word with the largest share, by each
method, is one that the laboratory planted; and how often the sanity check flags the trained model, and models of the
same build that were never trained.

python benchmarks/explained.py --output results
"""

from __future__ import annotations

import argparse
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from measuring import Question, arguments, record

from seqweave.core.files import write_text
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.explaining.explain import Explanation, explain
from seqweave.laboratory.contract import LABORATORIES, Specimen
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.guessing.draft import draft
from seqweave.recipes.saving import Trained, load
from seqweave.recipes.start import start

QUESTION = Question(
    "bench-explain-laboratory",
    "explanations whose largest share is on a planted word, as a share of all; the least of the runs",
    "higher",
    0.95,
)
SIZES = [2000, 300, 1000]
SUFFIXES = {"classification": ".tsv", "tagging": ".conll"}
# The planted words alone decide. Hidden words teach the model what an unknown word says: nothing.
SETTINGS: dict[str, dict[str, Any]] = {"classification": {"telling_verbs": False}, "tagging": {"agreement": False}}
WORDS = "model.embed=[{kind: words, dim: 64, word_dropout: 0.2}]"
# Words of two characters would be two words in one, each telling half of it.
TOKENIZER = {("classification", "zh"): ["data.tokenizer={kind: chinese}"]}
EPOCHS = {"classification": 20, "tagging": 40}


def trained(task: str, language: str, folder: Path) -> tuple[Trained, list[Specimen[Any]]]:
    """A model of a laboratory, and specimens that it never saw."""
    laboratory = LABORATORIES[task](language=language, **SETTINGS[task])
    parts = laboratory.split(SIZES, seed=1)
    paths = [folder / f"{part}{SUFFIXES[task]}" for part in ("train", "dev", "test")]
    for path, part in zip(paths, parts, strict=True):
        laboratory.write([specimen.example for specimen in part], path)
    recipe, run = folder / "recipe.yaml", folder / "run"
    write_text(recipe, draft(task, paths, folder, laboratory=True))
    start(
        recipe, run, [WORDS, f"training.epochs={EPOCHS[task]}", "data.cache=off", *TOKENIZER.get((task, language), ())]
    )
    return load(RunFolder(run).model), parts[2]


def fresh(model: Trained, seed: int) -> Any:
    """A network of the same build that was never trained."""
    torch.manual_seed(seed)
    return model.recipe.model.build(model.codec.sizes).eval()


def asked(task: str, model: Trained, specimens: list[Specimen[Any]]) -> Iterator[tuple[Any, Any, list[int], set[int]]]:
    """Each specimen with its text as the model reads it, the token to explain, and the words that decide."""
    for specimen in specimens:
        if task == "classification":
            yield specimen, model.task.example(specimen.example.text, model.tokenizer), [], set(specimen.evidence)
        elif specimen.example.tags[specimen.evidence[0]] in ("VERB-SG", "VERB-PL"):
            text = model.task.example(" ".join(specimen.example.tokens), SpacesConfig().fit(()))
            yield specimen, text, [specimen.evidence[0]], {specimen.evidence[1]}


def decided(specimen: Specimen[Any], text: Any, shares: tuple[float, ...], deciding: set[int]) -> bool:
    """Whether the piece of text with the largest share holds a deciding word.

    The model may cut words where the laboratory does not, and join those that it parts: shares are added over the
    smallest pieces that both agree on.
    """
    words = specimen.example
    if text.tokens == words.tokens:
        return max(range(len(shares)), key=lambda at: abs(shares[at])) in deciding
    cuts = sorted(set(words.starts) & set(text.starts))
    totals: Counter[int] = Counter()
    for place, share in zip(text.starts, shares, strict=True):
        totals[bisect_right(cuts, place)] += share
    best = max(totals, key=lambda piece: abs(totals[piece]))
    return best in {bisect_right(cuts, words.starts[word]) for word in deciding}


def measured(task: str, language: str, cases: int) -> dict[str, float]:
    """Shares of right explanations and of flags, 0 to 1, and the mean rank correlations with shuffled copies."""
    with tempfile.TemporaryDirectory() as folder:
        model, specimens = trained(task, language, Path(folder))
    found: Counter[str] = Counter()
    some = [one for one, _ in zip(asked(task, model, specimens), range(cases), strict=False)]
    for number, (specimen, text, positions, deciding) in enumerate(some):
        told = explain(model.network, model.codec, text, positions)
        for one in told.reasons[0].attributions:
            found[one.method] += decided(specimen, text, one.shares, deciding)
            found[f"{one.method}: rank correlation"] += told.reasons[0].correlations[one.method]
            found[f"{one.method}: gap small"] += one.complete
        found["trained: flagged"] += told.sanity.meaningless
        untrained: Explanation = explain(fresh(model, number), model.codec, text, positions)
        found["untrained: flagged"] += untrained.sanity.meaningless
    return {f"{task} {language}: {name}": round(value / len(some), 4) for name, value in sorted(found.items())}


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--cases", type=int, default=100, help="explained texts of each task and language")
    options: argparse.Namespace = parser.parse_args()
    torch.set_num_threads(options.threads)
    pairs = [(task, language) for task in SETTINGS for language in ("en", "zh")]
    details = dict(chain.from_iterable(measured(*pair, options.cases).items() for pair in pairs))
    runs = [share for name, share in details.items() if name.endswith((": occlusion", ": integrated gradients"))]
    record(QUESTION, min(runs), runs, options, {"details": details})


if __name__ == "__main__":
    main()
