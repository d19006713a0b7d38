"""Classification: a text has one label, or any number of labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from seqweave.core.errors import Notice, Place, RecipeError, shown
from seqweave.core.registry import nearest
from seqweave.data.batches import LabelBatch, LabelRaw
from seqweave.data.configuration import DataConfig
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.receipt import Receipt
from seqweave.data.source import examples
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.metrics.calibration import calibration_error
from seqweave.metrics.labels import accuracy, confusion, tally_labels
from seqweave.metrics.measure import Scores
from seqweave.tasks.contract import Codec, Details, Mistake, Task, task
from seqweave.tasks.label_codec import LabelAnswer, LabelCodec, mean_answer
from seqweave.tasks.label_notices import LabelCheck
from seqweave.tasks.label_rows import LabelReader
from seqweave.tasks.label_weights import ClassWeights
from seqweave.tasks.predictions import label_answer

Answers = Sequence[LabelAnswer]
Golds = Sequence[TextExample]


@task("classification")
class ClassificationData(DataConfig):
    """What to read for classification."""

    task_model = "classifier"

    text: str = "text"
    """Column of the text."""
    label: str | None = None
    """Column of the label or labels; `label` or `labels` where not given."""
    multi_label: bool = False
    """Whether a text may have any number of labels."""
    label_separator: str = Field(default=";", min_length=1)
    """What parts several labels in one column."""
    class_weights: ClassWeights = "equal"
    """How much each label counts in the loss; balanced: in inverse proportion to how often it is gold in training; or a
    weight above 0 for each label named, such as {spam: 5}, and 1 for the others. In multi-label tasks it weighs a
    label's yes against its no."""
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Coarser classes, each a list of labels: a second score, over the examples whose label is in a group."""
    learn: Literal["labels", "groups"] = "labels"
    """What is learned and scored: the labels, or only their groups; examples of a label in no group are then left out,
    and counted."""

    @model_validator(mode="after")
    def _groups_are_clear(self) -> ClassificationData:
        members = [label for labels in self.groups.values() for label in labels]
        if len(set(members)) < len(members):
            raise ValueError("a label stands in two of the groups. How to mend: keep it in one")
        if members and self.multi_label:
            raise ValueError("groups need exactly one label a text. How to mend: delete groups or multi_label")
        if self.learn == "groups" and not members:
            raise ValueError("there are no groups to learn. How to mend: write groups, or delete learn")
        return self

    def build(self) -> ClassificationTask:
        """The task of these settings."""
        return ClassificationTask(self)


@dataclass(frozen=True)
class ClassificationTask(Task[TextExample, LabelBatch, LabelRaw, LabelAnswer]):
    """Label or labels of a text."""

    data: ClassificationData

    examples = TextExample
    batches = (LabelBatch,)

    @cached_property
    def group_of(self) -> dict[str, str]:
        """The group of each label that is in one."""
        return {label: name for name, labels in self.data.groups.items() for label in labels}

    @property
    def main_metric(self) -> str:
        """The metric that chooses the epoch where the recipe names none."""
        return "micro_f1" if self.data.multi_label else "accuracy"

    def read(self, path: Path, receipt: Receipt, tokenizer: Tokenizer, *, gold: bool = True) -> Iterator[TextExample]:
        """Stream the examples of one file."""
        data = self.data
        separator = data.label_separator if data.multi_label else None
        reader = LabelReader(data.text, data.label, separator, receipt, tokenizer, gold)
        found = examples(data, path, receipt, reader.example)
        return self._coarse(found, receipt) if gold and data.learn == "groups" else found

    def _coarse(self, found: Iterable[TextExample], receipt: Receipt) -> Iterator[TextExample]:
        """The examples whose label is in a group, with the group as their label."""
        for example in found:
            group = self.group_of.get(example.labels[0])
            if group is None:
                what = f"examples whose label is in no group are left out (first: {shown(example.labels[0])!r})"
                receipt.notice("W-LABEL-06", what, example.line)
            else:
                yield replace(example, labels=(group,))

    def texts(self, example: TextExample) -> tuple[str, ...]:
        """The text."""
        return (example.text,)

    def settled(self, corpus: Corpus[TextExample]) -> ClassificationData:
        """The settings with what was left to `auto` told from the training examples."""
        del corpus
        return self.data

    def inspect(self, parts: Mapping[str, Corpus[TextExample]]) -> list[Notice]:
        """Labels that are likely wrong; a group or weight of labels that training does not have is refused."""
        if "train" in parts:
            self._check_labels(set(parts["train"].strings("labels").table) - {""})
        return LabelCheck(parts, "labels", str, lambda example, _: Place(example.source, example.line)).notices()

    def _check_labels(self, known: Set[str]) -> None:
        """Refuse groups and weights of labels that training does not have."""
        for name, labels in self.data.groups.items():
            if self.data.learn == "groups" and name not in known:
                what, mend = (
                    "no training example has one of its labels",
                    f"look at the labels {shown(', '.join(labels))}",
                )
                raise RecipeError("E-RECIPE-29", f"data.groups.{name}: {what}", mend=mend)
            if self.data.learn == "labels":
                _require_labels(f"data.groups.{name}", labels, known)
        if not isinstance(self.data.class_weights, str):
            _require_labels("data.class_weights", self.data.class_weights, known)

    def example(self, text: str, tokenizer: Tokenizer) -> TextExample:
        """An example without gold from one raw text."""
        tokens = tokenizer.split(text)
        return TextExample(text, tokens.words, tokens.starts, tokens.ends)

    def fit(
        self, corpus: Corpus[TextExample], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> Codec[TextExample, LabelBatch, LabelRaw, LabelAnswer]:
        """The codec fitted on training examples."""
        del tokenizer
        data = self.data
        return LabelCodec.fit(corpus, features, multi_label=data.multi_label, class_weights=data.class_weights)

    def restore(
        self, state: Mapping[str, Any], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> Codec[TextExample, LabelBatch, LabelRaw, LabelAnswer]:
        """The codec that `to_json` described."""
        del tokenizer
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

    def quick_scores(self, golds: Golds, answers: Answers, watched: str) -> Scores:
        """All scores."""
        del watched
        return self.score(golds, answers)

    def _grouped(self, golds: Golds, answers: Answers) -> Scores:
        """Accuracy over groups of labels: the group with the largest sum of probabilities is the answer."""
        if not self.data.groups or self.data.learn == "groups":
            return {}
        pairs = [(g, a) for g, a in zip(golds, answers, strict=True) if g.labels[0] in self.group_of]
        gold = [(self.group_of[g.labels[0]],) for g, _ in pairs]
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

    def joined(self, answers: Answers) -> LabelAnswer:
        """The mean of the windows' probabilities, and the labels that most of them answered."""
        return mean_answer(answers, self.data.multi_label)

    def render(self, example: TextExample, answer: LabelAnswer) -> dict[str, Any]:
        """The answer as the JSON object that `predict` prints."""
        ranked = sorted(answer.probabilities.items(), key=lambda item: -item[1])
        labels = [{"label": label, "score": round(score, 6)} for label, score in ranked]
        return {"text": example.text, "answer": list(answer.labels), "labels": labels}

    def parse(self, shown: Mapping[str, Any], example: TextExample, place: Place) -> LabelAnswer:
        """The answer that `render` shows, read back."""
        return label_answer(shown, example, place, self.data.multi_label)

    def score_tokens(self, golds: Golds, answers: Answers, chosen: Sequence[Sequence[bool]]) -> Scores:
        """Nothing: a label is that of the whole text."""
        del golds, answers, chosen
        return {}

    def baselines(self, train: Corpus[TextExample], golds: Golds) -> dict[str, Scores]:
        """The label that is most frequent in training, for every text."""
        column = train.strings("labels")
        counts = np.bincount(column.ids.values, minlength=len(column.table))
        shares = {label: counts[i] / max(len(train), 1) for i, label in enumerate(column.table) if counts[i]}
        top = max(sorted(shares), key=lambda label: shares[label], default="")
        return {"most frequent label": self.score(golds, [LabelAnswer((top,), shares)] * len(golds))}


def _require_labels(key: str, labels: Iterable[str], known: Set[str]) -> None:
    for label in sorted(set(labels) - known):
        mend = f"use {nearest(label, tuple(sorted(known)))}"
        raise RecipeError("E-RECIPE-25", f"{key}: there is no label {shown(label)!r} in training", mend=mend)


def _labels_of(golds: Golds) -> list[tuple[str, ...]]:
    return [gold.labels for gold in golds]
