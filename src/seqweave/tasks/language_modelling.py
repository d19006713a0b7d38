"""Language modelling: every token of a text is told from those before it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator

from seqweave.core.errors import DataError, Notice, Place, RecipeError
from seqweave.core.registry import nearest
from seqweave.data.batches import ReadBatch, ScoreRaw, StreamBatch, TextRaw
from seqweave.data.configuration import DataConfig
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import END, FeatureConfig
from seqweave.data.features.tokens import TokensConfig
from seqweave.data.receipt import Receipt
from seqweave.data.source import examples
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.metrics.labels import confusion
from seqweave.metrics.measure import Scores
from seqweave.metrics.perplexity import perplexity
from seqweave.metrics.tally import Tally
from seqweave.tasks.contract import Details, Mistake, Task, task
from seqweave.tasks.language_answer import LanguageAnswer, ScoredText
from seqweave.tasks.language_codec import Context, LanguageCodec, fitted
from seqweave.tasks.language_rows import DocumentReader, document
from seqweave.tasks.language_scores import scores, several_vocabularies, shown
from seqweave.tasks.ngrams import MOST_IDS, MOST_TOKENS, KneserNey, unigram
from seqweave.tasks.predictions import language_answer
from seqweave.tasks.reading_codec import ReadingCodec
from seqweave.tasks.told_texts import ToldTexts

Answers = Sequence[LanguageAnswer]
Golds = Sequence[DocumentExample]

WRITABLE = 2
"""Ids that are told beside the known tokens: the unknown one, and the end of a line."""
NO_TOKENIZER = SpacesConfig().fit(())
"""Of a codec that joins no text."""
SURPRISING = 40
"""Tokens that are listed as the worst told."""


@task("language-modelling")
class LanguageModellingData(DataConfig):
    """What to read for language modelling."""

    task_model = "language-model"
    plain_text = True

    text: str = Field(default="text", min_length=1)
    """Column of the texts, in files that have columns."""
    tokens: str = Field(default="tokens", min_length=1)
    """Column of ready tokens, in files that have one ("0" in CoNLL files); it is read in place of the text."""
    formats: dict[str, str] = Field(default_factory=dict)
    """Formats of single files by the end of their paths, such as {eng.train: conll}, where they are not `format`."""
    min_count: int = Field(default=1, ge=1)
    """Tokens seen less often in training are unknown; 2 teaches the model what an unknown token is like."""
    max_size: int | None = Field(default=None, ge=1)
    """At most so many tokens are known, the most frequent ones; not given, all, or 10,000 for models that read texts
    from both sides, which tell no others but need not know what they read."""
    unknown: str = "<unk>"
    """The word that stands for unknown ones in texts that were prepared so; empty where there is none."""
    context: Context = "stream"
    """What is remembered where a text begins, when a file is scored: stream, all texts before it, as Penn Treebank and
    WikiText are scored; document, nothing. Training always reads all texts as a stream."""
    limit: int = Field(default=10_000_000, ge=1)
    """Longest document, in tokens; it is read window by window."""

    @field_validator("over_limit")
    @classmethod
    def _documents_stay_whole(cls, over_limit: str) -> str:
        if over_limit != "error":
            raise ValueError("documents are read window by window, and need no cut. How to mend: delete over_limit")
        return over_limit

    def of(self, path: Path) -> LanguageModellingData:
        """The settings for one file, whose format may be its own."""
        found = next((kind for name, kind in self.formats.items() if _plain(path).match(name)), self.format)
        return self.model_copy(update={"format": found})

    def require_named(self, paths: Sequence[Path]) -> None:
        """See that each format of single files is that of one of these.

        Raises:
            RecipeError: if it is of none, for then a misspelt name would let a table pass for plain text.
        """
        for name in self.formats:
            if not any(_plain(path).match(name) for path in paths):
                what = f"data.formats has {name!r}, and no path in data.train, data.dev or data.test ends so"
                mend = f"write {nearest(name, tuple(_plain(path).name for path in paths))}, or delete it"
                raise RecipeError("E-FORMAT-02", what, mend=mend)

    def build(self) -> LanguageModellingTask:
        """The task of these settings."""
        return LanguageModellingTask(self)


def _plain(path: Path) -> Path:
    """A file's path without the ending of compressed ones."""
    return path.with_name(path.name.removesuffix(".gz"))


@dataclass(frozen=True)
class LanguageModellingTask(Task[DocumentExample, Any, ScoreRaw | TextRaw, LanguageAnswer]):
    """The probability of a text.

    A model that reads features of the tokens gets each text by itself, with the tokens around each one to be told;
    one that reads none gets a stream, with those before it.
    """

    data: LanguageModellingData

    examples = DocumentExample
    batches = (StreamBatch, ReadBatch)

    @property
    def whole(self) -> bool:
        """Whether tokens tell every character, so that bits a character are a score."""
        return (self.data.tokenizer or WordsConfig()).whole

    @property
    def main_metric(self) -> str:
        """The metric that chooses the epoch where the recipe names none."""
        return "perplexity"

    def read(
        self, path: Path, receipt: Receipt, tokenizer: Tokenizer, *, gold: bool = True
    ) -> Iterator[DocumentExample]:
        """Stream the documents of one file; they are their own gold."""
        del gold
        columns = self.data.text, self.data.tokens
        return examples(self.data.of(path), path, receipt, DocumentReader(columns, receipt, tokenizer).example)

    def texts(self, example: DocumentExample) -> tuple[str, ...]:
        """Its text."""
        return (example.text,)

    def settled(self, corpus: Corpus[DocumentExample]) -> LanguageModellingData:
        """The settings: nothing is told from the examples."""
        del corpus
        return self.data

    def inspect(self, parts: Mapping[str, Corpus[DocumentExample]]) -> list[Notice]:
        """That bits a character are no score, where tokens do not tell every character.

        Raises:
            DataError: if a part holds tokens that a model of the training part could not tell.
        """
        if "train" in parts:
            codec = self._codec(parts["train"], None)
            for corpus in (corpus for part, corpus in parts.items() if part != "train"):
                codec.encode(corpus)
        if self.whole:
            return []
        what = "tokens do not tell every character (white space, capitals), so that bits per character are no score"
        return [Notice("W-LM-01", what)]

    def example(self, text: str, tokenizer: Tokenizer) -> DocumentExample:
        """An example from one raw text."""
        return document(text, tokenizer)

    def fit(
        self, corpus: Corpus[DocumentExample], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> LanguageCodec | ReadingCodec:
        """The codec fitted on training texts.

        Raises:
            DataError: if they hold fewer than two different tokens.
        """
        if not features:  # a language model that reads the tokens it tells
            return self._codec(corpus, tokenizer)
        return ReadingCodec.fit(corpus, features, self._codec(corpus, tokenizer))

    def _codec(self, corpus: Corpus[DocumentExample], tokenizer: Tokenizer | None) -> LanguageCodec:
        config = TokensConfig(min_count=self.data.min_count, max_size=self.data.max_size)
        tokens = fitted(corpus.strings("tokens"), config, self.data.unknown)
        found = len(tokens.vocabulary.words)
        if found < 2:
            first = corpus[0]
            known = "one known token" if found else "no known token"
            what = f"the training texts have {known}, and a language model needs two to tell apart"
            mend = "give more text, lower data.min_count, or raise data.max_size"
            raise DataError("E-LM-01", what, mend=mend, place=Place(first.source, first.line))
        return LanguageCodec(tokens, tokenizer or NO_TOKENIZER, self.data.unknown, self.data.context, self.whole)

    def restore(
        self, state: Mapping[str, Any], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> LanguageCodec | ReadingCodec:
        """The codec that `to_json` described."""
        known = LanguageCodec.restore(state, tokenizer, self.data.unknown, self.data.context, whole=self.whole)
        return ReadingCodec.restore(state, features, known) if features else known

    def score(self, golds: Golds, answers: Answers) -> Scores:
        """Perplexity, bits a character, and the percent of tokens that the model calls unknown (`language_scores`).

        Raises:
            DataError: if the answers are of several models that no score compares.
        """
        return scores(golds, answers, whole=self.whole)

    def quick_scores(self, golds: Golds, answers: Answers, watched: str) -> Scores:
        """All of them: they take next to no time."""
        del watched
        return self.score(golds, answers)

    def details(self, golds: Golds, answers: Answers) -> Details:
        """The tokens that were told worst, the most surprising first."""
        told = (
            (log, row, position)
            for row, answer in enumerate(answers)
            if isinstance(answer, ScoredText)
            for position, log in enumerate(answer.log_probabilities[:-1])
            if log < 0
        )
        worst = heapq.nsmallest(SURPRISING, told)
        mistakes = [
            Mistake(
                row, position, _told(golds[row], answers[row])[position], f"{np.exp(log):.1e}", 1 - float(np.exp(log))
            )
            for log, row, position in worst
        ]
        return Details(Tally.of(()).table(), confusion((), ()), mistakes, np.zeros(0), np.zeros(0, bool))

    def joined(self, answers: Answers) -> LanguageAnswer:
        """The answer itself: a document is never cut."""
        (answer,) = answers
        return answer

    def render(self, example: DocumentExample, answer: LanguageAnswer) -> dict[str, Any]:
        """The answer as the JSON object that `predict` prints."""
        if isinstance(answer, ScoredText):
            return dict(shown(example, answer))
        read = max(len(example.text.rstrip()), example.text.rfind("\n") + 1)  # ends of lines are tokens, spaces not
        whole = [f"{example.text[:read]}{text}" for text in answer.texts]
        return {
            "text": example.text,
            "generated_text": whole[0],
            "log_probability": round(answer.log_probabilities[0], 6),
            "unknown": answer.unknown,
            **({} if answer.proven is None else {"proven": answer.proven}),
            "tokens": [{"word": word, "score": round(score, 6)} for word, score in answer.first],
            "alternatives": [
                {"generated_text": text, "log_probability": round(log, 6)}
                for text, log in zip(whole[1:], answer.log_probabilities[1:], strict=True)
            ],
        }

    def parse(self, shown: Mapping[str, Any], example: DocumentExample, place: Place) -> LanguageAnswer:
        """The answer that `render` shows, read back."""
        return language_answer(shown, example, place)

    def score_tokens(self, golds: Golds, answers: Answers, chosen: Sequence[Sequence[bool]]) -> Scores:
        """Perplexity over some tokens alone; the end of a text is none of them. None of models of other tokens."""
        del golds
        scored = [answer for answer in answers if isinstance(answer, ScoredText)]
        if several_vocabularies(answer.vocabulary for answer in scored):
            return {}
        kept = [
            np.array(answer.log_probabilities[:-1])[np.array(some, bool)]
            for answer, some in zip(scored, chosen, strict=True)
        ]
        nats, tokens = np.array([logs.sum() for logs in kept]), np.array([len(logs) for logs in kept])
        return {"perplexity": perplexity(nats, tokens, scored[0].vocabulary if scored else "")}

    def baselines(self, train: Corpus[DocumentExample], golds: Golds) -> dict[str, Scores]:
        """What counting alone tells: unigrams, and trigrams with Kneser-Ney smoothing, of up to two million words."""
        codec = self._codec(train, None)
        known = codec.encode(train).stream
        counted = known.ids(0, min(len(known), MOST_TOKENS))
        vocabulary = codec.tokens.vocabulary
        size = len(vocabulary.words) + WRITABLE
        dataset = codec.encode(golds if isinstance(golds, Corpus) else Corpus.of(DocumentExample, golds))
        alone = unigram(counted, np.arange(vocabulary.count), size)
        told: dict[str, Callable[[int, int], np.ndarray]] = {
            "unigram": lambda start, stop: alone[dataset.stream.ids(start, stop)]
        }
        if len(counted) > 2 and vocabulary.count <= MOST_IDS:
            trigrams = KneserNey(counted, size)

            def after_two(start: int, stop: int) -> np.ndarray:
                before = [END, END, *dataset.stream.ids(max(start - 2, 0), start).tolist()]
                return trigrams(dataset.stream.ids(start, stop), (before[-2], before[-1]))

            told["Kneser-Ney trigram"] = after_two
        return {name: self.score(golds, ToldTexts(codec, dataset, one)) for name, one in told.items()}


def _told(gold: DocumentExample, answer: LanguageAnswer) -> Sequence[str]:
    """The tokens of a text: its own, or those of a model that cuts it in another way."""
    assert isinstance(answer, ScoredText), "what was told"
    return gold.tokens if len(gold.tokens) == len(answer.tokens) else answer.tokens
