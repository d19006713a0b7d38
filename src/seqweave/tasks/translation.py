"""Translation: a text is written for a text, in another language or by whatever rule the examples follow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator

from seqweave.core.errors import Notice, Place
from seqweave.core.registry import nearest
from seqweave.data.batches import TextBatch, TextRaw
from seqweave.data.configuration import PairData
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.features.tokens import TokensConfig
from seqweave.data.receipt import Receipt
from seqweave.data.source import examples
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.metrics.labels import confusion
from seqweave.metrics.measure import Measure, Scores
from seqweave.metrics.tally import Tally
from seqweave.metrics.translation import (
    BLEUTokenizer,
    bleu,
    bleu_tokenizer,
    chrf,
    exact,
    require_tokenizer,
    sentence_bleu,
    ter,
)
from seqweave.tasks.contract import Details, Mistake, Task, task
from seqweave.tasks.glossary import GlossaryConfig, read_glossary
from seqweave.tasks.languages import LANGUAGES
from seqweave.tasks.predictions import text_answer
from seqweave.tasks.text_answer import MISSED, TextAnswer
from seqweave.tasks.text_codec import TextCodec
from seqweave.tasks.translation_memory import TranslationMemory
from seqweave.tasks.translation_rows import TranslationReader

Answers = Sequence[TextAnswer]
Golds = Sequence[TranslationExample]


@task("translation")
class TranslationData(PairData):
    """What to read for translation."""

    task_model = "translator"

    target_language: str | None = None
    """ISO 639-1 code of the target's language; told by `target` where that is a code."""
    vocabulary: Literal["separate", "joint"] = "separate"
    """joint: tokens of both sides are counted together and have the same ids, so that their vectors can be shared;
    min_count and max_size then hold for both."""
    min_count: int = Field(default=1, ge=1)
    """Tokens seen less often in the training targets cannot be written, only copied."""
    max_size: int | None = Field(default=None, ge=1)
    """At most so many tokens can be written, the most frequent ones."""
    bleu_tokenizer: BLEUTokenizer | None = None
    """How BLEU parts words; told by the target's language where not given; none: at spaces, for tokenised texts."""
    glossary: GlossaryConfig | None = None
    """Terms that must be translated as a file says."""

    @field_validator("target_language")
    @classmethod
    def _is_a_language(cls, code: str | None) -> str | None:
        if code is not None and code not in LANGUAGES:
            raise ValueError(f"this is no ISO 639-1 code of a language. How to mend: write {nearest(code, LANGUAGES)}")
        return code

    @property
    def words_of_bleu(self) -> BLEUTokenizer:
        """How BLEU parts words."""
        language = self.target_language or (self.target if self.target in LANGUAGES else None)
        return self.bleu_tokenizer or bleu_tokenizer(language)

    def build(self) -> TranslationTask:
        """The task of these settings."""
        return TranslationTask(self)


@dataclass(frozen=True)
class TranslationTask(Task[TranslationExample, TextBatch, TextRaw, TextAnswer]):
    """A text for a text."""

    data: TranslationData

    examples = TranslationExample
    batches = (TextBatch,)

    @property
    def main_metric(self) -> str:
        """The metric that chooses the epoch where the recipe names none."""
        return "bleu"

    def read(
        self, path: Path, receipt: Receipt, tokenizer: Tokenizer, *, gold: bool = True
    ) -> Iterator[TranslationExample]:
        """Stream the examples of one file."""
        reader = TranslationReader(self.data.source, self.data.target, receipt, tokenizer, gold)
        return examples(self.data, path, receipt, reader.example)

    def texts(self, example: TranslationExample) -> tuple[str, ...]:
        """Source and target, which is empty where a row has none."""
        return example.text, example.target

    def settled(self, corpus: Corpus[TranslationExample]) -> TranslationData:
        """The settings: nothing is told from the examples."""
        del corpus
        return self.data

    def inspect(self, parts: Mapping[str, Corpus[TranslationExample]]) -> list[Notice]:
        """Nothing to tell; targets in which BLEU would find no words are refused."""
        for corpus in parts.values():
            require_tokenizer(list(corpus.field("target")), self.data.words_of_bleu)
        return []

    def example(self, text: str, tokenizer: Tokenizer) -> TranslationExample:
        """An example without gold from one raw text."""
        tokens = tokenizer.split(text)
        return TranslationExample(text, tokens.words, tokens.starts, tokens.ends)

    def begun(self, example: TranslationExample, prefix: str, tokenizer: Tokenizer) -> TranslationExample:
        """The example, whose answer must begin with a text."""
        return replace(example, prefix=tokenizer.target.split(prefix).words)

    def fit(
        self, corpus: Corpus[TranslationExample], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> TextCodec:
        """The codec fitted on training examples."""
        data = self.data
        vocabulary = TokensConfig(min_count=data.min_count, max_size=data.max_size)
        codec = TextCodec.fit(corpus, features, tokenizer, vocabulary, joint=data.vocabulary == "joint")
        if data.glossary is None:
            return codec
        return replace(codec, glossary=read_glossary(data.glossary, tokenizer, codec.target.vocabulary.words))

    def restore(
        self, state: Mapping[str, Any], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> TextCodec:
        """The codec that `to_json` described."""
        return TextCodec.restore(state, features, tokenizer)

    def score(self, golds: Golds, answers: Answers) -> Scores:
        """The official scores of answers beside gold examples."""
        return {name: measure() for name, measure in self._measures(golds, answers).items()}

    def quick_scores(self, golds: Golds, answers: Answers, watched: str) -> Scores:
        """BLEU, the share of exact matches, and the watched score."""
        measures = self._measures(golds, answers)
        return {name: measure() for name, measure in measures.items() if name in ("bleu", "exact", watched)}

    def _measures(self, golds: Golds, answers: Answers) -> dict[str, Callable[[], Measure]]:
        gold, written = [g.target for g in golds], [a.text for a in answers]
        words = self.data.words_of_bleu
        return {
            "bleu": lambda: bleu(gold, written, words),
            "chrf": lambda: chrf(gold, written),
            "ter": lambda: ter(gold, written, words),
            "exact": lambda: exact(gold, written),
        }

    def details(self, golds: Golds, answers: Answers) -> Details:
        """Texts that are not exactly right, the worst by BLEU first."""
        right = [gold.target.strip() == answer.text.strip() for gold, answer in zip(golds, answers, strict=True)]
        confidences = np.array([math.exp(answer.log_probability) for answer in answers], np.float64)
        mistakes = [
            Mistake(row, -1, gold, written, float(confidences[row]), self._quality(gold, written))
            for row in np.flatnonzero(~np.array(right, bool)).tolist()
            for gold, written in [(golds[row].target, answers[row].text)]
        ]
        mistakes.sort(key=lambda mistake: (mistake.quality, -mistake.confidence))
        return Details(Tally.of(()).table(), confusion((), ()), mistakes, confidences, np.array(right, bool))

    def _quality(self, gold: str, written: str) -> float:
        return sentence_bleu(gold, written, self.data.words_of_bleu)

    def joined(self, answers: Answers) -> TextAnswer:
        """The answer itself: a pair of texts is never cut into windows."""
        (answer,) = answers
        return answer

    def render(self, example: TranslationExample, answer: TextAnswer) -> dict[str, Any]:
        """The answer as the JSON object that `predict` prints; `terms_missed` and `proven` where there are such."""
        columns = zip(answer.tokens, answer.origins, answer.probabilities, strict=True)
        tokens = [{"word": word, "origin": origin, "score": round(score, 6)} for word, origin, score in columns]
        others = [{"translation_text": one.text, "score": round(one.score, 6)} for one in answer.alternatives]
        rendered = {
            "text": example.text,
            "translation_text": answer.text,
            "score": round(answer.score, 6),
            "log_probability": round(answer.log_probability, 6),
            **({} if answer.proven is None else {"proven": answer.proven}),
            "tokens": tokens,
            "alternatives": others,
        }
        return rendered | {MISSED: list(answer.missed)} if answer.missed else rendered

    def parse(self, shown: Mapping[str, Any], example: TranslationExample, place: Place) -> TextAnswer:
        """The answer that `render` shows, read back."""
        return text_answer(shown, example, place)

    def score_tokens(self, golds: Golds, answers: Answers, chosen: Sequence[Sequence[bool]]) -> Scores:
        """Nothing: no token of the source has an answer of its own."""
        del golds, answers, chosen
        return {}

    def baselines(self, train: Corpus[TranslationExample], golds: Golds) -> dict[str, Scores]:
        """The source as it is, and what training has for the source that is most like it."""
        memory = TranslationMemory(train)
        copies = [TextAnswer(gold.text) for gold in golds]
        remembered = [TextAnswer(memory(gold.tokens)) for gold in golds]
        return {"copy of the source": self.score(golds, copies), "nearest source": self.score(golds, remembered)}
