"""Predictions read back: what fits is taken, what does not says where and why."""

from __future__ import annotations

from typing import Any

import pytest

from seqweave.core.errors import DataError, Place
from seqweave.data.examples import TaggedExample, TextExample, spelled
from seqweave.tasks.predictions import label_answer, tag_answer

PLACE = Place("answers.jsonl", 9)
TEXT = TextExample("so good", ("so", "good"), (0, 3), (2, 7), ("yes",), "gold.tsv", 4)
WORDS = ("Ada", "met", "Bo")
TAGGED = TaggedExample(spelled(WORDS)[0], WORDS, *spelled(WORDS)[1:], ("B-P", "O", "B-P"), "gold.conll", 5)
LABELS: dict[str, Any] = {"text": "so good", "answer": ["no"], "labels": [{"label": "no", "score": 0.75}]}


def tagged(*tags: str, words: tuple[str, ...] = WORDS, **more: object) -> dict[str, Any]:
    return {"tokens": [{"word": w, "entity": t, "score": 0.5} for w, t in zip(words, tags, strict=True)], **more}


def test_labels_are_taken() -> None:
    found = label_answer(LABELS, TEXT, PLACE, multi_label=False)
    assert found.labels == ("no",)
    assert found.confidence == 0.75
    spaced = {**LABELS, "text": "so\u3000good "}
    assert label_answer(spaced, TEXT, PLACE, multi_label=False) == found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": "so bad"}, "answers 'so bad', but the example is 'so good' at word 2 \\(gold.tsv:4\\).*E-ANSWER-02"),
        ({"text": "so"}, "at word 2 .*E-ANSWER-02"),
        ({"text": None}, "lacks 'text' or 'answer'.*E-ANSWER-01"),
        ({"answer": "no"}, "lacks 'text' or 'answer'.*E-ANSWER-01"),
        ({"answer": ["maybe"]}, "a score for every answered label.*E-ANSWER-01"),
        ({"labels": [{"label": "no", "score": 1.5}]}, "lacks 'labels' with label, score.*E-ANSWER-01"),
        ({"labels": [{"label": "no", "score": True}]}, "lacks 'labels' with label, score.*E-ANSWER-01"),
        ({"labels": []}, "E-ANSWER-01"),
        ({"answer": []}, "0 labels where one is needed.*E-ANSWER-04"),
    ],
)
def test_labels_that_do_not_fit_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=f"^answers.jsonl:9: .*{said}"):
        label_answer({**LABELS, **change}, TEXT, PLACE, multi_label=False)


def test_no_label_is_an_answer_where_any_number_is() -> None:
    assert label_answer({**LABELS, "answer": []}, TEXT, PLACE, multi_label=True).labels == ()


def test_tags_are_taken() -> None:
    found = tag_answer(tagged("B-P", "O", "O"), TAGGED, PLACE, "iob2")
    assert (found.tags, found.probabilities) == (("B-P", "O", "O"), (0.5,) * 3)
    entities = [{"entity_group": "P", "word": "Ada", "start": 0, "end": 3}]
    assert tag_answer(tagged("B-P", "O", "O", entities=entities), TAGGED, PLACE, "iob2") == found


@pytest.mark.parametrize(
    ("value", "scheme", "said"),
    [
        (tagged("N", "V", "N", words=("Ada", "met", "Co")), "none", "but the example is 'Ada met Bo' at word 3.*-02"),
        (tagged("N", "V", words=("Ada", "met")), "none", "at word 3 .*E-ANSWER-02"),
        ({"text": "Ada met Bo"}, "none", "lacks 'tokens' with word, entity, score.*E-ANSWER-01"),
        (tagged("NOUN", "O", "O"), "iob2", "are no iob2 tags of its entities \\(NOUN O O\\).*E-ANSWER-03"),
        (
            # I-P begins a span in iob1 and goes on with one in iob2
            tagged("I-P", "I-P", "O", entities=[{"entity_group": "P", "start": 0, "end": 3}]),
            "iob1",
            "are no iob1 tags of its entities.*E-ANSWER-03",
        ),
    ],
)
def test_tags_that_do_not_fit_are_refused(value: dict[str, Any], scheme: Any, said: str) -> None:
    with pytest.raises(DataError, match=f"^answers.jsonl:9: .*{said}"):
        tag_answer(value, TAGGED, PLACE, scheme)
