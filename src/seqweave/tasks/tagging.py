"""Tagging: every token has a tag; tags of a scheme such as BIO stand for labelled spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import AliasChoices, Field, field_validator

from seqweave.core.errors import Notice, Place, RecipeError
from seqweave.data.batches import TagBatch, TagRaw
from seqweave.data.configuration import DataConfig
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.limits import OverLimit
from seqweave.data.receipt import Receipt
from seqweave.data.schemes import Locate, Scheme, broken_notice, detect, part, require_known, spans
from seqweave.data.source import examples
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.metrics.labels import confusion
from seqweave.metrics.measure import Scores
from seqweave.metrics.spans import tally_spans
from seqweave.metrics.tally import Tally
from seqweave.metrics.tokens import tally_tokens, token_accuracy
from seqweave.tasks.contract import Details, Mistake, Task, task
from seqweave.tasks.label_notices import MISSING_VALUES, LabelCheck
from seqweave.tasks.predictions import tag_answer
from seqweave.tasks.tag_baseline import frequent_tags
from seqweave.tasks.tag_codec import TagAnswer, TagCodec
from seqweave.tasks.tag_rows import TagReader

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

    @field_validator("over_limit")
    @classmethod
    def _every_token_is_answered(cls, over_limit: OverLimit) -> OverLimit:
        if over_limit == "head-tail":
            raise ValueError("head-tail would leave tokens without a tag. How to mend: write windows")
        return over_limit

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
    batches = (TagBatch,)

    @property
    def main_metric(self) -> str:
        """Span F1 where tags stand for spans, else accuracy."""
        return "accuracy" if self.data.scheme == "none" else "f1"

    def read(self, path: Path, receipt: Receipt, tokenizer: Tokenizer, *, gold: bool = True) -> Iterator[TaggedExample]:
        """Stream the examples of one file."""
        reader = TagReader(self.data.tokens, self.data.column, receipt.file, tokenizer, gold)
        return examples(self.data, path, receipt, reader.example)

    def texts(self, example: TaggedExample) -> tuple[str, ...]:
        """The text."""
        return (example.text,)

    def settled(self, corpus: Corpus[TaggedExample]) -> TaggingData:
        """The settings with what was left to `auto` told from the training examples."""
        scheme = self.data.scheme
        if scheme == "auto":
            scheme = detect(list(corpus.field("tags")), _places(corpus))
        settled = self.data.model_copy(update={"scheme": scheme})
        if (settled.learned == "none") != (scheme == "none"):
            spans = "stand for no spans" if scheme == "none" else f"stand for spans ({scheme})"
            what = f"data.learn_scheme is {settled.learned}, but the tags {spans}"
            raise RecipeError("E-RECIPE-24", what, mend="delete data.learn_scheme")
        return settled

    def inspect(self, parts: Mapping[str, Corpus[TaggedExample]]) -> list[Notice]:
        """Sentences that break their scheme, and labels that are likely wrong; tags of no scheme are refused."""
        if self._scheme == "none":
            # of the columns of CoNLL-U, that of features alone says something by its sign for nothing
            missing = MISSING_VALUES | ({"_"} if self.data.column != "feats" else set())
            return LabelCheck(parts, "tags", str, TaggedExample.place, missing).notices()
        notices = []
        for corpus in parts.values():
            sequences = list(corpus.field("tags"))
            require_known(sequences, _places(corpus))
            notices.append(broken_notice(sequences, self._scheme, _places(corpus)))
        found = LabelCheck(parts, "tags", _label, TaggedExample.place).notices()
        return [*(notice for notice in notices if notice), *found]

    def example(self, text: str, tokenizer: Tokenizer) -> TaggedExample:
        """An example without gold from one raw text."""
        tokens = tokenizer.split(text)
        return TaggedExample(text, tokens.words, tokens.starts, tokens.ends)

    def fit(
        self, corpus: Corpus[TaggedExample], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> TagCodec:
        """The codec fitted on training examples."""
        del tokenizer
        return TagCodec.fit(corpus, features, self._scheme, self.data.learned)

    def restore(
        self, state: Mapping[str, Any], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> TagCodec:
        """The codec that `to_json` described."""
        del tokenizer
        return TagCodec.restore(state, features)

    def score(self, golds: Golds, answers: Answers) -> Scores:
        """The official scores of answers beside gold examples."""
        gold, guess = [g.tags for g in golds], [a.tags for a in answers]
        scores = {"accuracy": token_accuracy(gold, guess)}
        if self._scheme == "none":
            return scores
        tally = self._tally(golds, answers)
        return {"f1": tally.f1(), "precision": tally.precision(), "recall": tally.recall(), **scores}

    def quick_scores(self, golds: Golds, answers: Answers, watched: str) -> Scores:
        """All scores."""
        del watched
        return self.score(golds, answers)

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

    def joined(self, answers: Answers) -> TagAnswer:
        """The windows' tags one after another."""
        if len(answers) == 1:
            return answers[0]
        tags = chain.from_iterable(answer.tags for answer in answers)
        probabilities = chain.from_iterable(answer.probabilities for answer in answers)
        return TagAnswer(tuple(tags), tuple(probabilities))

    def render(self, example: TaggedExample, answer: TagAnswer) -> dict[str, Any]:
        """The answer as the JSON object that `predict` prints."""
        columns = zip(example.tokens, answer.tags, answer.probabilities, example.starts, example.ends, strict=True)
        tokens = [{"word": w, "entity": t, "score": round(p, 6), "start": s, "end": e} for w, t, p, s, e in columns]
        if self._scheme == "none":
            return {"text": example.text, "tokens": tokens}
        groups = [
            {"entity_group": label, "word": example.text[start:end], "start": start, "end": end}
            for label, first, last in spans(answer.tags, self._scheme)
            for start, end in [(example.starts[first], example.ends[last - 1])]
        ]
        return {"text": example.text, "tokens": tokens, "entities": groups}

    def parse(self, shown: Mapping[str, Any], example: TaggedExample, place: Place) -> TagAnswer:
        """The answer that `render` shows, read back."""
        return tag_answer(shown, example, place, self._scheme)

    def score_tokens(self, golds: Golds, answers: Answers, chosen: Sequence[Sequence[bool]]) -> Scores:
        """Accuracy over the chosen tokens; where tags stand for spans, F1 of those that cover one of them."""
        gold, guess = [g.tags for g in golds], [a.tags for a in answers]
        if self._scheme == "none":
            picked = ([tuple(compress(t, c)) for t, c in zip(tags, chosen, strict=True)] for tags in (gold, guess))
            return {"accuracy": token_accuracy(*picked)}
        covering = (
            [[s for s in spans(t, self._scheme) if any(c[s.start : s.end])] for t, c in zip(tags, chosen, strict=True)]
            for tags in (gold, guess)
        )
        return {"f1": tally_spans(*covering).f1()}

    def baselines(self, train: Corpus[TaggedExample], golds: Golds) -> dict[str, Scores]:
        """The tag that each word has most often in training; of unseen words, that of rare words like them."""
        tag_of = frequent_tags(train)
        guesses = [tuple(map(tag_of, gold.tokens)) for gold in golds]
        return {"most frequent tag": self.score(golds, [TagAnswer(tags, (1.0,) * len(tags)) for tags in guesses])}

    @property
    def _scheme(self) -> Scheme:
        assert self.data.scheme != "auto", "the scheme is settled before anything is fitted or scored"
        return self.data.scheme

    def _tally(self, golds: Golds, answers: Answers) -> Tally:
        return tally_spans([spans(g.tags, self._scheme) for g in golds], [spans(a.tags, self._scheme) for a in answers])


def _places(corpus: Corpus[TaggedExample]) -> Locate:
    return lambda row, position: corpus[row].place(position)


def _label(tag: str) -> str:
    """The label of a tag of a scheme; empty for what is outside of all spans."""
    found = part(tag)
    return found.label if found else tag
