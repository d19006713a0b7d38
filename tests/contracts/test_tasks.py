"""The laws of every task and its codec, and proof that each law catches the faults planted for it.

Every task is tried on its own laboratory's examples, and on those variants of them that its settings know.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from seqweave.core.errors import DataError, Place
from seqweave.data.batches import (
    LabelBatch,
    LabelRaw,
    ReadBatch,
    ScoreRaw,
    StreamBatch,
    TagBatch,
    TagRaw,
    TextBatch,
    TextRaw,
)
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import END, PADDING
from seqweave.data.features.tokens import TokensConfig
from seqweave.data.features.words import WordsConfig
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.contract import LABORATORIES, laboratory_of
from seqweave.tasks.contract import TASKS
from seqweave.tasks.language_answer import ScoredText

from .faults_tasks import FAULTS, Wrapped

FEATURES = {"words": WordsConfig(), "tokens": TokensConfig()}
TOKENIZER = SpacesConfig().fit(())
SPANS = {"NOUN": "B-THING", "ADJ": "B-KIND", "DET": "O"}


def as_spans(example):
    tags = [SPANS.get(tag, "I-THING" if i else "O") for i, tag in enumerate(example.tags)]
    return replace(example, tags=tuple(tags))


def with_more_labels(example):
    return replace(example, labels=("long", *example.labels) if len(example.tokens) > 12 else ())


VARIANTS = {
    "classification": {"one label": ({}, None), "labels": ({"multi_label": True}, with_more_labels)},
    "language-modelling": {
        "a stream": ({}, None),
        "documents": ({"context": "document"}, None),
        "texts by themselves": ({}, None),
    },
    "tagging": {
        "plain tags": ({}, None),
        "spans": ({}, as_spans),
        "spans as they are": ({"learn_scheme": "iob2"}, as_spans),
    },
    "translation": {
        "known words": ({}, None),
        "one vocabulary": ({"vocabulary": "joint"}, None),
        "names to copy": ({"min_count": 2}, None),
    },
}
PERFECT = {"perplexity": 1}
"""The main scores whose best value is not 100."""
STREAMS = ("a stream", "documents")
"""Variants of which no features are read, but the tokens themselves."""
OTHERS = {"names to copy": "copy-names"}
"""Variants of another laboratory than their task's usual one."""


@dataclass(frozen=True)
class Case:
    """A task settled on some examples, and the codec fitted on them."""

    task: object
    examples: list
    features: dict
    codec: object

    @property
    def corpus(self):
        return Corpus.of(self.task.examples, self.examples)


def case(kind, variant, language="en"):
    settings, change = VARIANTS[kind][variant]
    (part,) = laboratory_of(kind, OTHERS.get(variant, ""), language).split([40], seed=1)
    examples = [specimen.example if change is None else change(specimen.example) for specimen in part]
    data = TASKS[kind](train="lab", **settings)
    corpus = Corpus.of(data.build().examples, examples)
    task = data.build().settled(corpus).build()
    features = {} if variant in STREAMS else FEATURES
    return Case(task, examples, features, task.fit(corpus, features, TOKENIZER))


CASES = [pytest.param(kind, variant, id=f"{kind}, {variant}") for kind in VARIANTS for variant in VARIANTS[kind]]
RIGHT_OR_WRONG = [case for case in CASES if case.values[0] != "language-modelling"]
"""Tasks whose answers are right or wrong; those of a language model are more or less probable."""


def gold_raw(batch):
    """The raw answer of a network that knows the gold."""
    if isinstance(batch, LabelBatch):
        return LabelRaw(batch.targets.float())
    if isinstance(batch, TagBatch):
        return TagRaw(batch.tags, (batch.tags >= 0).float())
    if isinstance(batch, StreamBatch | ReadBatch):
        return ScoreRaw(torch.zeros(batch.targets.shape))
    assert isinstance(batch, TextBatch), "say here what a perfect network answers for a new kind of batch"
    rows = [tuple(number for number in row if number not in (PADDING, END)) for row in batch.targets.tolist()]
    scores, chances = tuple((0.0,) for _ in rows), tuple((1.0,) * (len(row) + 1) for row in rows)
    looked = torch.zeros(*batch.targets.shape, batch.source.shape[1])
    return TextRaw(tuple((row,) for row in rows), scores, scores, chances, looked)


def answered(case):
    dataset, rows = case.codec.encode(case.corpus), np.arange(len(case.examples))[::-1].copy()
    batch = dataset.batch(rows)
    return case.codec.answers(gold_raw(batch), batch)[::-1]


def gold_of(example):
    if isinstance(example, DocumentExample | ScoredText):
        return example.tokens
    fields = type(example).__dataclass_fields__
    if "tags" in fields:
        return example.tags
    return example.labels if "labels" in fields else (example.target if "target" in fields else example.text,)


def without_gold(example):
    fields = {"labels": (), "tags": (), "target": "", "target_tokens": ()}
    return replace(example, **{name: fields[name] for name in fields if name in type(example).__dataclass_fields__})


def length_of(example):
    """Tokens of an example; of two texts, those of the longer one, with the mark that ends what is written."""
    if isinstance(example, DocumentExample):
        return len(example.tokens) + 1
    if "target" not in type(example).__dataclass_fields__:
        return len(example.tokens)
    return max(len(example.tokens), len(example.target_tokens) + 1)


def answers_invert_the_batch(case):
    for example, answer in zip(case.examples, answered(case), strict=True):
        found = gold_of(answer)
        assert found == gold_of(example) if len(found) == len(example.tokens) else set(found) == set(gold_of(example))
    scores = case.task.score(case.examples, answered(case))
    assert scores[case.task.main_metric].value == pytest.approx(PERFECT.get(case.task.main_metric, 100))


def state_survives_json(case):
    state = case.codec.to_json()
    restored = case.task.restore(json.loads(json.dumps(state)), case.features, TOKENIZER)
    assert restored.to_json() == state
    rows = np.arange(len(case.examples))
    for one, other in zip(*(flat(c.encode(case.corpus).batch(rows)) for c in (case.codec, restored)), strict=True):
        assert torch.equal(one.nan_to_num(-1), other.nan_to_num(-1))
    spaces = case.codec.sizes.labels, restored.sizes.labels
    for name in type(spaces[0]).__dataclass_fields__:
        assert np.array_equal(*(getattr(space, name) for space in spaces)), name
    targets = case.codec.sizes.target, restored.sizes.target
    assert np.array_equal(*(size.counts for size in targets))
    assert case.codec.sizes.joint == restored.sizes.joint


def flat(batch):
    """All tensors of a batch."""
    found = [getattr(batch, name) for name in type(batch).__dataclass_fields__]
    found = [tensor for tensor in found if isinstance(tensor, torch.Tensor)]
    if isinstance(batch, StreamBatch):
        return found
    return [*found, batch.tokens.mask, *(batch.tokens.features[name] for name in sorted(batch.tokens.features))]


def words_of(batch, row):
    """The word ids of a row, whatever the distinct forms of its batch."""
    if isinstance(batch, StreamBatch):
        return batch.targets[row][batch.mask[row]].tolist()
    forms = batch.tokens.features["forms"][row][batch.tokens.mask[row]]
    return batch.tokens.features["words"][forms].tolist()


def batches_hold_their_rows(case):
    """A batch of n holds what n batches of 1 hold."""
    dataset, rows = case.codec.encode(case.corpus), np.array([7, 3, 11])
    batch = dataset.batch(rows)
    assert batch.rows.tolist() == rows.tolist()
    assert len(batch) == 3
    for i, row in enumerate(rows):
        one = dataset.batch(np.array([row]))
        assert words_of(batch, i) == words_of(one, 0)
        gold, alone = (gold_raw(b) for b in (batch, one))
        answers = case.codec.answers(gold, batch)[i], case.codec.answers(alone, one)[0]
        assert gold_of(answers[0]) == gold_of(answers[1])


def lengths_are_those_of_the_examples(case):
    lengths = case.codec.encode(case.corpus).lengths
    assert lengths.tolist() == [length_of(example) for example in case.examples]


def missing_gold_stays_missing(case):
    bare = [without_gold(example) for example in case.examples]
    batch = case.codec.encode(Corpus.of(case.task.examples, bare)).batch(np.arange(3))
    if isinstance(batch, TagBatch):
        assert bool((batch.tags == -100).all())
    elif isinstance(batch, StreamBatch | ReadBatch):
        assert bool((batch.targets == PADDING).any()), "a text is its own gold, but padding is none"
    elif isinstance(batch, TextBatch):
        assert not batch.targets.any()
    elif case.codec.sizes.labels.exclusive:
        assert bool(batch.targets.isnan().all())


LAWS = {
    law.__name__: law
    for law in (
        answers_invert_the_batch,
        state_survives_json,
        batches_hold_their_rows,
        lengths_are_those_of_the_examples,
        missing_gold_stays_missing,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_law_holds(kind, variant, law):
    LAWS[law](case(kind, variant))


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_chinese_is_read_like_english(kind, variant):
    answers_invert_the_batch(case(kind, variant, "zh"))


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_an_answer_is_rendered_as_json_and_joined_from_itself(kind, variant):
    one = case(kind, variant)
    for example, answer in zip(one.examples[:5], answered(one), strict=False):
        assert gold_of(one.task.joined([answer])) == gold_of(answer)
        assert json.loads(json.dumps(one.task.render(example, answer)))["text"] == example.text


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_a_written_answer_is_read_back(kind, variant):
    one, place = case(kind, variant), Place("answers.jsonl", 3)
    shown = [json.loads(json.dumps(one.task.render(e, a))) for e, a in zip(one.examples, answered(one), strict=True)]
    again = [one.task.parse(line, example, place) for line, example in zip(shown, one.examples, strict=True)]
    assert [one.task.render(e, a) for e, a in zip(one.examples, again, strict=True)] == shown
    for metric, measure in one.task.score(one.examples, answered(one)).items():
        assert one.task.score(one.examples, again)[metric].value == pytest.approx(measure.value, abs=1e-4)
    for line, example in zip(shown[1:], one.examples, strict=False):
        with pytest.raises(DataError, match=r"^answers.jsonl:3: this answers .* at word .*E-ANSWER-02"):
            one.task.parse(line, example, place)
    for key in ("tokens", "labels", "alternatives"):
        for malformed in ({}, {**shown[0], key: None}, {**shown[0], key: [{}]}, {**shown[0], key: [None]}):
            if key in shown[0]:
                with pytest.raises(DataError, match=r"^answers.jsonl:3: .*E-ANSWER-01"):
                    one.task.parse(malformed, one.examples[0], place)


@pytest.mark.parametrize(("kind", "variant"), RIGHT_OR_WRONG)
def test_all_tokens_together_score_what_the_whole_scores(kind, variant):
    one = case(kind, variant)
    answers = (
        [wrong(answer) if i % 2 else answer for i, answer in enumerate(answered(one))]
        if kind == "tagging"
        else answered(one)
    )
    whole = one.task.score(one.examples, answers)
    every = [[True] * len(example.tokens) for example in one.examples]
    found = one.task.score_tokens(one.examples, answers, every)
    for metric, measure in found.items():
        assert measure.value == whole[metric].value < 100
        assert len(measure.counts) == len(one.examples)
    last = [[False] * (len(example.tokens) - 1) + [True] for example in one.examples]
    for measure in one.task.score_tokens(one.examples, answers, last).values():
        assert measure.value < whole[one.task.main_metric].value, "it is the last tags that are wrong"
    first = [[True] + [False] * (len(example.tokens) - 1) for example in one.examples]
    if variant == "plain tags":
        assert one.task.score_tokens(one.examples, answers, first)["accuracy"].value == 100


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_what_is_told_while_training_are_scores(kind, variant):
    one = case(kind, variant)
    first, *others = answered(one)
    answers = [wrong(first), *others] if kind == "tagging" else [*others, first]
    scores = {name: measure.value for name, measure in one.task.score(one.examples, answers).items()}
    for watched in scores:
        quick = one.task.quick_scores(one.examples, answers, watched)
        assert {watched, one.task.main_metric} <= set(quick)
        assert {name: measure.value for name, measure in quick.items()}.items() <= scores.items()


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_trivial_answers_are_scored_like_others(kind, variant):
    one = case(kind, variant)
    scores, half = one.task.score(one.examples, answered(one)), len(one.examples) // 2
    for baseline in one.task.baselines(one.corpus.take(np.arange(half)), one.examples[half:]).values():
        assert set(baseline) == set(scores)
        assert baseline[one.task.main_metric].value < 100


@pytest.mark.parametrize(("kind", "variant"), RIGHT_OR_WRONG)
def test_details_list_every_mistake_and_no_other(kind, variant):
    one = case(kind, variant)
    answers = answered(one)
    assert not one.task.details(one.examples, answers).mistakes
    shifted = [*answers[1:], answers[0]] if kind != "tagging" else [*answers[:-1], wrong(answers[-1])]
    mistakes = one.task.details(one.examples, shifted).mistakes
    assert {m.row for m in mistakes} == {
        row
        for row, (example, answer) in enumerate(zip(one.examples, shifted, strict=True))
        if set(gold_of(example)) != set(gold_of(answer))
    }
    assert mistakes == sorted(mistakes, key=lambda m: (m.quality, -m.confidence))


def wrong(answer):
    return replace(answer, tags=(*answer.tags[:-1], "B-KIND" if "B-KIND" not in answer.tags else "B-NEW"))


def test_every_task_is_here():
    assert set(VARIANTS) == set(TASKS.kinds()) <= {config.task for _, config in LABORATORIES}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", VARIANTS)
def test_law_catches_its_faults(kind, law):
    sound = case(kind, next(iter(VARIANTS[kind])))
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        with pytest.raises((AssertionError, TypeError)):
            LAWS[law](replace(sound, codec=fault(sound.codec)))


@pytest.mark.parametrize("kind", VARIANTS)
def test_faults_are_single(kind):
    """Without its fault, the wrapper that all faults derive from keeps every law."""
    sound = case(kind, next(iter(VARIANTS[kind])))
    for law in LAWS.values():
        law(replace(sound, codec=Wrapped(sound.codec)))
