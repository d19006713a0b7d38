"""Classification: a text has one label, or any number of labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.batches import LabelBatch, LabelRaw
from seqweave.data.configuration import DataConfig
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.source import field, rows
from seqweave.data.tokenizers.contract import Tokenizer, Tokens
from seqweave.metrics.calibration import calibration_error
from seqweave.metrics.labels import accuracy, confusion, tally_labels
from seqweave.metrics.measure import Scores
from seqweave.tasks.contract import Codec, Details, Mistake, Task, task
from seqweave.tasks.label_codec import LabelAnswer, LabelCodec, mean_answer

Answers = Sequence[LabelAnswer]
Golds = Sequence[TextExample]


@task("classification")
class ClassificationData(DataConfig):
    """What to read for classification."""

    task_model = "classifier"

    text: str = "text"
    """Column of the text."""
    label: str = "label"
    """Column of the label or labels."""
    multi_label: bool = False
    """Whether a text may have any number of labels."""
    label_separator: str = ";"
    """What parts several labels in one column."""
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Coarser classes, each a list of labels: a second score, over the examples whose label is in a group."""

    def build(self) -> ClassificationTask:
        """The task of these settings."""
        return ClassificationTask(self)


@dataclass(frozen=True)
class ClassificationTask(Task[TextExample, LabelBatch, LabelRaw, LabelAnswer]):
    """Label or labels of a text."""

    data: ClassificationData

    examples = TextExample

    @property
    def main_metric(self) -> str:
        """The metric that chooses the epoch where the recipe names none."""
        return "micro_f1" if self.data.multi_label else "accuracy"

    def read(self, path: Path, receipt: Receipt, tokenizer: Tokenizer, *, gold: bool = True) -> Iterator[TextExample]:
        """Stream the examples of one file."""
        for row in rows(self.data, path, receipt):
            try:
                labels = self._labels(row, receipt) if gold else ()
                yield self._example(row, labels, receipt, tokenizer)
            except DataError as error:
                receipt.reject(error)

    def settled(self, corpus: Corpus[TextExample]) -> ClassificationData:
        """The settings with what was left to `auto` told from the training examples."""
        del corpus
        return self.data

    def _example(self, row: Row, labels: tuple[str, ...], receipt: Receipt, tokenizer: Tokenizer) -> TextExample:
        place = Place(receipt.file, row.line)
        ready = row.fields.get("tokens")
        if isinstance(ready, tuple):
            return given(tuple(str(token) for token in ready), labels, place)
        text = field(row, self.data.text, "data.text", receipt)
        if not isinstance(text, str):
            raise DataError("E-DATA-02", f"the text is not a string ({shown(text)})", place=place, mend="quote it")
        if not text.strip():
            raise DataError("E-DATA-03", "the text is empty", place=place, mend="give it a text, or delete the row")
        tokens = tokenizer.split(text)
        if not tokens.words:
            raise DataError("E-DATA-04", f"the text has no token ({shown(text)!r})", place=place, mend="delete the row")
        return TextExample(text, tokens.words, tokens.starts, tokens.ends, labels, place.file, place.line)

    def _labels(self, row: Row, receipt: Receipt) -> tuple[str, ...]:
        value = field(row, self.data.label, "data.label", receipt)
        if isinstance(value, str) and self.data.multi_label:
            value = value.split(self.data.label_separator)
        several = value if isinstance(value, list | tuple) else [value]
        labels = tuple(dict.fromkeys(name for label in several if (name := _label(label))))
        if not self.data.multi_label and len(labels) != 1:
            raise DataError(
                "E-LABEL-01",
                f"one label is needed, {len(labels) or 'none'} found",
                mend="give the row one label, or set data.multi_label: true",
                place=Place(receipt.file, row.line),
            )
        return labels

    def example(self, text: str, tokenizer: Tokenizer) -> TextExample:
        """An example without gold from one raw text."""
        tokens: Tokens = tokenizer.split(text)
        return TextExample(text, tokens.words, tokens.starts, tokens.ends)

    def fit(
        self, corpus: Corpus[TextExample], features: Mapping[str, FeatureConfig]
    ) -> Codec[TextExample, LabelBatch, LabelRaw, LabelAnswer]:
        """The codec fitted on training examples."""
        return LabelCodec.fit(corpus, features, multi_label=self.data.multi_label)

    def restore(
        self, state: Mapping[str, Any], features: Mapping[str, FeatureConfig]
    ) -> Codec[TextExample, LabelBatch, LabelRaw, LabelAnswer]:
        """The codec that `to_json` described."""
        return LabelCodec.restore(state, features)

    def score(self, golds: Golds, answers: Answers) -> Scores:
        """The official scores of answers beside gold examples."""
        gold, guess = _labels_of(golds), [answer.labels for answer in answers]
        tally = tally_labels(gold, guess)
        if self.data.multi_label:
            return {"micro_f1": tally.f1(), "macro_f1": tally.macro_f1(), "accuracy": accuracy(gold, guess)}
        right = np.array([g == a for g, a in zip(gold, guess, strict=True)])
        confidences = np.array([answer.confidence for answer in answers])
        scores = {
            "accuracy": accuracy(gold, guess),
            "macro_f1": tally.macro_f1(),
            "calibration_error": calibration_error(confidences, right),
        }
        return {**scores, **self._grouped(golds, answers)}

    def _grouped(self, golds: Golds, answers: Answers) -> Scores:
        """Accuracy over groups of labels: the group with the largest sum of probabilities is the answer."""
        if not self.data.groups:
            return {}
        group_of = {label: name for name, labels in self.data.groups.items() for label in labels}
        pairs = [(g, a) for g, a in zip(golds, answers, strict=True) if g.labels[0] in group_of]
        gold = [(group_of[g.labels[0]],) for g, _ in pairs]
        return {"group_accuracy": accuracy(gold, [(a.best_group(self.data.groups),) for _, a in pairs])}

    def details(self, golds: Golds, answers: Answers) -> Details:
        """Per-class table, confusion and worst errors."""
        gold, guess = _labels_of(golds), [answer.labels for answer in answers]
        shown_gold, shown_guess = [" + ".join(g) or "none" for g in gold], [" + ".join(g) or "none" for g in guess]
        mistakes = [
            Mistake(row, -1, right, wrong, answers[row].confidence)
            for row, (right, wrong) in enumerate(zip(shown_gold, shown_guess, strict=True))
            if set(gold[row]) != set(guess[row])
        ]
        mistakes.sort(key=lambda mistake: -mistake.confidence)
        single = [] if self.data.multi_label else range(len(answers))
        confidences = np.array([answers[row].confidence for row in single], np.float64)
        right = np.array([gold[row] == guess[row] for row in single], bool)
        table = tally_labels(gold, guess).table()
        return Details(table, confusion(shown_gold, shown_guess), mistakes, confidences, right)

    def joined(self, windows: Golds, answers: Answers) -> tuple[TextExample, LabelAnswer]:
        """The whole text; the mean of its windows' probabilities, and the labels that most of them answered."""
        first = windows[0]
        tokens = tuple(token for window in windows for token in window.tokens)
        starts = tuple(start for window in windows for start in window.starts)
        ends = tuple(end for window in windows for end in window.ends)
        return replace(first, tokens=tokens, starts=starts, ends=ends), mean_answer(answers, self.data.multi_label)

    def render(self, example: TextExample, answer: LabelAnswer) -> dict[str, Any]:
        """The answer as the JSON object that `predict` prints."""
        ranked = sorted(answer.probabilities.items(), key=lambda item: -item[1])
        labels = [{"label": label, "score": round(score, 6)} for label, score in ranked]
        return {"text": example.text, "answer": list(answer.labels), "labels": labels}

    def baselines(self, train: Corpus[TextExample], golds: Golds) -> dict[str, Scores]:
        """The label that is most frequent in training, for every text."""
        column = train.strings("labels")
        counts = np.bincount(column.ids.values, minlength=len(column.table))
        shares = {label: counts[i] / max(len(train), 1) for i, label in enumerate(column.table) if counts[i]}
        top = max(sorted(shares), key=lambda label: shares[label], default="")
        return {"most frequent label": self.score(golds, [LabelAnswer((top,), shares)] * len(golds))}


def given(tokens: tuple[str, ...], labels: tuple[str, ...], place: Place) -> TextExample:
    """An example whose file holds tokens, which are joined by spaces to a text."""
    ends = np.cumsum([len(token) + 1 for token in tokens]) - 1
    starts = tuple(int(end) - len(token) for token, end in zip(tokens, ends, strict=True))
    return TextExample(" ".join(tokens), tokens, starts, tuple(int(e) for e in ends), labels, place.file, place.line)


def _label(value: object) -> str:
    return "" if value is None else str(value).strip()


def _labels_of(golds: Golds) -> list[tuple[str, ...]]:
    return [gold.labels for gold in golds]
