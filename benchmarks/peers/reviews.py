"""Reviews as both contestants read them: one a line in fastText's format, words in lower case between spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from seqweave.core.files import to_json, write_text
from seqweave.core.nodes import Document, parse
from seqweave.data.corpus import Corpus
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.recipes.material import gather
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.recipe import read
from seqweave.recipes.saving import Trained

TIMED = 2500
"""Reviews of the test part that prediction is timed on, at most: every n-th."""


@dataclass(frozen=True)
class Reviews:
    """The files of one split.

    Args:
        folder: holds PART.txt with labels, and lines.txt with the texts that prediction is timed on.
        words: in the training part ("train"), and in lines.txt ("predict").
    """

    folder: Path
    words: Mapping[str, int]

    def file(self, part: str) -> str:
        """The file of a part."""
        return str(self.folder / f"{part}.txt")

    def texts(self, part: str) -> tuple[list[str], list[str]]:
        """Labels and texts of a part."""
        rows = [line.split(" ", 1) for line in Path(self.file(part)).read_text(encoding="utf-8").splitlines()]
        return [label.removeprefix("__label__") for label, _ in rows], [text for _, text in rows]


def reviews(document: Document, seed: int, folder: Path) -> Reviews:
    """The parts of a recipe's data, split with this seed, as files."""
    material = gather(read(document).data, folder, seed)
    for part, corpus in material.parts.items():
        rows = [
            f"__label__{label} {text}\n" for (label,), text in zip(corpus.field("labels"), _texts(corpus), strict=True)
        ]
        # the files of both data sets are sorted by label, and fastText reads its file in order
        write_text(folder / f"{part}.txt", "".join(Random(seed).sample(rows, len(rows))))
    test = _texts(material.parts["test"])
    timed = test[:: -(-len(test) // TIMED)]
    write_text(folder / "lines.txt", "\n".join(timed))
    words = int(material.parts["train"].strings("tokens").ids.offsets[-1])
    return Reviews(folder, {"train": words, "predict": sum(len(text.split()) for text in timed)})


def _texts(corpus: Corpus[Any]) -> list[str]:
    tokens = corpus.strings("tokens")
    words = np.array([form.lower() for form in tokens.table], object)
    return [" ".join(words[tokens.ids[row]]) for row in range(len(corpus))]


def learn(model: Any, path: str) -> Predictor:
    """Our linear model of a recipe, from a file of fastText's format to a predictor, as `seqweave train` makes it."""
    data = {"format": "fasttext", "train": path, "tokenizer": {"kind": "spaces"}, "limit": 100_000}
    recipe = read(parse(to_json({"task": "classification", "data": data, "model": model}).encode(), "race"))
    task, spaces = recipe.data.build(), SpacesConfig()
    corpus = Corpus.of(task.examples, task.read(Path(path), Receipt("reviews"), spaces.fit(())))
    codec = task.fit(corpus, recipe.model.features(), spaces.fit(()))
    network = recipe.model.build(codec.sizes)
    network.fit(codec.encode(corpus).batch(np.arange(len(corpus))))
    return Predictor(Trained(recipe, task, spaces.fit(()), spaces, codec, network))


def accuracy(predictor: Predictor, data: Reviews, part: str) -> float:
    """Percent of right answers."""
    labels, texts = data.texts(part)
    right = [answer["answer"] == [label] for label, answer in zip(labels, predictor.stream(texts), strict=True)]
    return 100 * sum(right) / len(right)
