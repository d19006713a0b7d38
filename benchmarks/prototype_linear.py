"""Training time of a shipped linear recipe over that of the same model in scikit-learn, from texts to weights.

Both get the same texts in memory and cut them into tokens with their own tokenizer; the prototype then counts n-grams,
weighs them by naive Bayes where the recipe does, and fits a logistic regression by L-BFGS. Both minimise the same: two
labels are one vector of weights there, whose C is twice our strength. The two take turns.
"""

from __future__ import annotations

import csv
import gzip
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from measuring import Question, arguments, report, times_ratio
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from seqweave.data.corpus import Corpus
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.layers.contracts import FittedModel
from seqweave.models.linear import LinearConfig
from seqweave.recipes.recipe import read
from seqweave.recipes.reproduce import Reproduction

GOAL = 1.2


def trees(folder: Path) -> dict[str, str]:
    """Every phrase of the sentiment trees that is not neutral, with its sign."""
    found: dict[str, str] = {}
    for line in gzip.decompress((folder / "train.txt.gz").read_bytes()).decode().splitlines():
        open_phrases: list[tuple[str, list[str]]] = []
        for label, word, _ in re.findall(r"\((\d) |([^()\s]+)|(\))", line):
            if label:
                open_phrases.append((label, []))
            elif word:
                open_phrases[-1][1].append(word)
            else:
                label, words = open_phrases.pop()
                if label != "2":
                    found[" ".join(words)] = str(label > "2")
                if open_phrases:
                    open_phrases[-1][1].extend(words)
    return found


def reviews(folder: Path) -> dict[str, str]:
    """Every review with its label."""
    with gzip.open(folder / "train.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        return {row["text"]: row["label"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


READERS = {"imdb-linear": reviews, "sst2-linear": trees}


def prototype(found: dict[str, str], config: LinearConfig) -> LogisticRegression:
    """What one writes with scikit-learn."""
    texts, labels = list(found), list(found.values())
    counter = CountVectorizer(ngram_range=(1, config.ngrams), min_df=config.min_count, binary=True)
    counts = counter.fit_transform(texts)
    if config.weighting == "naive-bayes":
        positive = np.array(labels) == max(labels)
        p, q = (np.asarray(counts[chosen].sum(0)) + 1 for chosen in (positive, ~positive))
        counts = counts.multiply(np.log((p / p.sum()) / (q / q.sum()))).tocsr()
    return LogisticRegression(C=2 * config.strength, max_iter=config.iterations).fit(counts, labels)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("recipe", choices=READERS)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = read(Reproduction(options.recipe, options.data, (), (1,)).document())
    config, task = recipe.model, recipe.data.build()
    assert isinstance(config, LinearConfig)
    tokenizer = (recipe.data.tokenizer or WordsConfig()).fit(())
    found = READERS[options.recipe](options.data)

    def ours() -> None:
        examples = (replace(task.example(text, tokenizer), labels=(label,)) for text, label in found.items())
        corpus = Corpus.of(task.examples, examples)
        codec = task.fit(corpus, config.features(), tokenizer)
        dataset, network = codec.encode(corpus), config.build(codec.sizes)
        assert isinstance(network, FittedModel)
        network.fit(dataset.batch(np.arange(len(corpus))))

    ratios = times_ratio(ours, lambda: prototype(found, config), options.rounds)
    what = f"training of {options.recipe}, texts to weights, over scikit-learn's"
    report(Question(f"bench-prototype-{options.recipe}", what, "lower", GOAL), ratios, options)


if __name__ == "__main__":
    main()
