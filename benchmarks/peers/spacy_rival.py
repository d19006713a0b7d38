"""spaCy's side of the races: its tagger as `spacy init config -l en -p tagger --optimize efficiency` sets it up.

Run by the Python of an environment of its own (requirements-spacy.txt), by the scripts beside this one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import spacy
from orders import obey
from spacy.cli.init_config import init_config
from spacy.scorer import Scorer
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import create_evaluation_callback, create_train_batches, train_while_improving
from spacy.util import registry, resolve_dot_names
from spacy.vocab import Vocab

GOLD = "gold_preproc"


class Tagger:
    """A pipeline of a tagger alone, in training or trained."""

    def __init__(self) -> None:
        self.nlp = spacy.blank("en")
        self.steps: Iterator[Any] = iter(())
        self.lines: list[str] = []
        self.spent = 0.0
        self.best = Path()

    def begin(self, train: str, dev: str, best: str, seed: int) -> None:
        """Make ready to train on JSON lines of words and tags; the best pipeline goes into a folder."""
        config = init_config(lang="en", pipeline=["tagger"], optimize="efficiency", gpu=False)
        config["system"]["seed"] = seed
        self.best = Path(best)
        for part, path in (("train", train), ("dev", dev)):
            config["paths"][part] = f"{path}.spacy"
            # tokens are those of the file, as everywhere in this race, and not those of its own tokenizer
            config["corpora"][part][GOLD] = True
            DocBin(docs=documents(path, Vocab())).to_disk(f"{path}.spacy")
        begun = time.process_time()
        self.nlp = init_nlp(config)
        self.steps = self._steps()
        self.spent = time.process_time() - begun

    def _steps(self) -> Iterator[Any]:
        """The steps of `spacy train`."""
        config = self.nlp.config.interpolate()
        settings = registry.resolve(config["training"], schema=spacy.schemas.ConfigSchemaTraining)
        train, dev = resolve_dot_names(config, [settings["train_corpus"], settings["dev_corpus"]])
        return train_while_improving(
            self.nlp,
            settings["optimizer"],
            create_train_batches(self.nlp, train, settings["batcher"], settings["max_epochs"]),
            create_evaluation_callback(self.nlp, dev, settings["score_weights"]),
            dropout=settings["dropout"],
            accumulate_gradient=settings["accumulate_gradient"],
            patience=settings["patience"],
            max_steps=settings["max_steps"],
            eval_frequency=settings["eval_frequency"],
            exclude=settings["frozen_components"],
            annotating_components=settings["annotating_components"],
            before_update=settings["before_update"],
        )

    def train(self, until: float | None) -> list[dict[str, float]] | None:
        """Train until so many processor seconds are spent, or to the end: the evaluations on the way, null if over."""
        found = []
        while until is None or self.spent < until:
            begun = time.process_time()
            step = next(self.steps, None)
            if step is None:
                return found or None
            _, info, is_best = step
            if is_best:
                self.nlp.to_disk(self.best)
            self.spent += time.process_time() - begun
            if is_best is not None:
                found.append({"seconds": self.spent, "step": info["step"], "accuracy": 100 * info["score"]})
        return found

    def load(self, folder: str) -> None:
        """Take a trained pipeline."""
        self.nlp = spacy.load(folder)

    def accuracy(self, path: str) -> float:
        """Percent of the tokens of JSON lines that get their gold tag."""
        golds = documents(path, self.nlp.vocab)
        bare = [Doc(self.nlp.vocab, words=[token.text for token in gold]) for gold in golds]
        examples = [Example(guess, gold) for guess, gold in zip(self.nlp.pipe(bare), golds, strict=True)]
        return 100 * Scorer.score_token_attr(examples, "tag")["tag_acc"]

    def read(self, path: str) -> None:
        """Take a file of one text a line."""
        self.lines = Path(path).read_text(encoding="utf-8").split("\n")

    def tag(self, first: int, last: int) -> int:
        """Words and tags of some of the lines; how many."""
        found = [[(t.text, t.tag_) for t in doc] for doc in self.nlp.pipe(islice(self.lines, first, last))]
        return sum(map(len, found))


def documents(path: str, vocab: Vocab) -> list[Doc]:
    """The sentences of JSON lines of words and tags."""
    rows = map(json.loads, Path(path).read_text(encoding="utf-8").splitlines())
    return [Doc(vocab, words=words, tags=tags) for words, tags in rows]


def versions() -> dict[str, str]:
    """Versions of what counts."""
    return {name: version(name) for name in ("spacy", "thinc", "blis")}


if __name__ == "__main__":
    tagger = Tagger()
    orders = (tagger.begin, tagger.train, tagger.load, tagger.accuracy, tagger.read, tagger.tag, versions)
    obey({order.__name__: order for order in orders})
