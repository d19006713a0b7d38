"""Tagging: every token has a tag; tags of a scheme such as BIO stand for labelled spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import AliasChoices, Field

from seqweave.core.errors import DataError, Place
from seqweave.data.batches import TagBatch, TagRaw
from seqweave.data.configuration import DataConfig
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.receipt import Receipt
from seqweave.data.schemes import Scheme, detect, spans
from seqweave.data.source import rows
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.metrics.labels import confusion
from seqweave.metrics.measure import Scores
from seqweave.metrics.spans import tally_spans
from seqweave.metrics.tally import Tally
from seqweave.metrics.tokens import tally_tokens, token_accuracy
from seqweave.tasks.contract import Details, Mistake, Task, task
from seqweave.tasks.tag_baseline import most_frequent_tags
from seqweave.tasks.tag_codec import TagAnswer, TagCodec
from seqweave.tasks.tag_rows import NO_COLUMN, tagged

Answers = Sequence[TagAnswer]
Golds = Sequence[TaggedExample]


@task("tagging")
class TaggingData(DataConfig):
    """What to read for tagging."""

    task_model = "tagger"

    tokens: str | None = None
    """Column of the tokens; form in CoNLL-U, 0 in other CoNLL files, tokens in JSON lines, where not given."""
    column: str | None = Field(default=None, validation_alias=AliasChoices("column", "tags"))
    """Column of the tags (also written `tags`); upos in CoNLL-U, the last in other CoNLL files, tags in JSON lines."""
    scheme: Literal["auto"] | Scheme = "auto"
    """How the tags of the files stand for spans; told from the training part where auto."""
    learn_scheme: Literal["auto"] | Scheme = "auto"
    """The scheme that the network learns: bioes where tags stand for spans. Answers are in the files' own scheme."""

    @property
    def learned(self) -> Scheme:
        """The scheme that the network learns, once that of the files is settled."""
        if self.learn_scheme != "auto":
            return self.learn_scheme
        return "none" if self.scheme == "none" else "bioes"

    def build(self) -> TaggingTask:
        """The task of these settings."""
        return TaggingTask(self)


@dataclass(frozen=True)
class TaggingTask(Task[TaggedExample, TagBatch, TagRaw, TagAnswer]):
    """A tag for every token."""

    data: TaggingData

    examples = TaggedExample

    @property
    def main_metric(self) -> str:
        """Span F1 where tags stand for spans, else accuracy."""
        return "accuracy" if self.data.scheme == "none" else "f1"

    def read(self, path: Path, receipt: Receipt, tokenizer: Tokenizer, *, gold: bool = True) -> Iterator[TaggedExample]:
        """Stream the examples of one file."""
        for row in rows(self.data, path, receipt):
            try:
                yield tagged(row, self.data.tokens, self.data.column if gold else NO_COLUMN, receipt, tokenizer)
            except DataError as error:
                receipt.reject(error)

    def settled(self, corpus: Corpus[TaggedExample]) -> TaggingData:
        """The settings with what was left to `auto` told from the training examples."""
        if self.data.scheme != "auto":
            return self.data
        sequences, sources, lines = [], [], []
        for example in corpus:
            sequences.append(example.tags)
            sources.append(example.source)
            lines.append(example.line)
        scheme = detect(sequences, lambda row, position: Place(sources[row], lines[row] + position))
        return self.data.model_copy(update={"scheme": scheme})

    def example(self, text: str, tokenizer: Tokenizer) -> TaggedExample:
        """An example without gold from one raw text."""
        tokens = tokenizer.split(text)
        return TaggedExample(text, tokens.words, tokens.starts, tokens.ends)

    def fit(self, corpus: Corpus[TaggedExample], features: Mapping[str, FeatureConfig]) -> TagCodec:
        """The codec fitted on training examples."""
        return TagCodec.fit(corpus, features, self._scheme, self.data.learned)

    def restore(self, state: Mapping[str, Any], features: Mapping[str, FeatureConfig]) -> TagCodec:
        """The codec that `to_json` described."""
        return TagCodec.restore(state, features)

    def score(self, golds: Golds, answers: Answers) -> Scores:
        """The official scores of answers beside gold examples."""
        gold, guess = [g.tags for g in golds], [a.tags for a in answers]
        scores = {"accuracy": token_accuracy(gold, guess)}
        if self._scheme == "none":
            return scores
        tally = self._tally(golds, answers)
        return {"f1": tally.f1(), "precision": tally.precision(), "recall": tally.recall(), **scores}

    def details(self, golds: Golds, answers: Answers) -> Details:
        """Per-class table, confusion and worst errors."""
        gold, guess = [g.tags for g in golds], [a.tags for a in answers]
        mistakes = [
            Mistake(row, position, right, wrong, answers[row].probabilities[position])
            for row, pair in enumerate(zip(gold, guess, strict=True))
            for position, (right, wrong) in enumerate(zip(*pair, strict=True))
            if right != wrong
        ]
        mistakes.sort(key=lambda mistake: -mistake.confidence)
        flat = list(chain.from_iterable(gold)), list(chain.from_iterable(guess))
        classes = tally_tokens(gold, guess) if self._scheme == "none" else self._tally(golds, answers)
        confidences = np.array(list(chain.from_iterable(a.probabilities for a in answers)), np.float64)
        right = np.array([g == a for g, a in zip(*flat, strict=True)], bool)
        return Details(classes.table(), confusion(*flat), mistakes, confidences, right)

    def joined(self, windows: Golds, answers: Answers) -> tuple[TaggedExample, TagAnswer]:
        """The whole sentence; the windows' tags one after another."""

        def chained(name: str) -> tuple[Any, ...]:
            return tuple(chain.from_iterable(getattr(window, name) for window in windows))

        starts, ends = chained("starts"), chained("ends")
        whole = replace(windows[0], tokens=chained("tokens"), starts=starts, ends=ends, tags=chained("tags"))
        tags = tuple(chain.from_iterable(answer.tags for answer in answers))
        probabilities = tuple(chain.from_iterable(answer.probabilities for answer in answers))
        return whole, TagAnswer(tags, probabilities)

    def render(self, example: TaggedExample, answer: TagAnswer) -> dict[str, Any]:
        """The answer as the JSON object that `predict` prints."""
        columns = zip(example.tokens, answer.tags, answer.probabilities, example.starts, example.ends, strict=True)
        names = ("word", "entity", "score", "start", "end")
        tokens = [dict(zip(names, (w, t, round(p, 6), s, e), strict=True)) for w, t, p, s, e in columns]
        if self._scheme == "none":
            return {"text": example.text, "tokens": tokens}
        groups = [
            {"entity_group": label, "word": example.text[start:end], "start": start, "end": end}
            for label, first, last in spans(answer.tags, self._scheme)
            for start, end in [(example.starts[first], example.ends[last - 1])]
        ]
        return {"text": example.text, "tokens": tokens, "entities": groups}

    def baselines(self, train: Corpus[TaggedExample], golds: Golds) -> dict[str, Scores]:
        """The tag that each word has most often in training; the commonest tag of all for unseen words."""
        tag_of, commonest = most_frequent_tags(train)
        answers = []
        for gold in golds:
            tags = tuple(tag_of.get(token, commonest) for token in gold.tokens)
            answers.append(TagAnswer(tags, (1.0,) * len(tags)))
        return {"most frequent tag": self.score(golds, answers)}

    @property
    def _scheme(self) -> Scheme:
        assert self.data.scheme != "auto", "the scheme is settled before anything is fitted or scored"
        return self.data.scheme

    def _tally(self, golds: Golds, answers: Answers) -> Tally:
        return tally_spans([spans(g.tags, self._scheme) for g in golds], [spans(a.tags, self._scheme) for a in answers])
