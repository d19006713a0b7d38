"""Translation: what is read, scored, shown and read back, and what is refused before anything is trained."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from seqweave.core.errors import DataError, Place
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample, spelled
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.tasks.text_answer import Alternative, TextAnswer
from seqweave.tasks.translation import TranslationData

SPACES = SpacesConfig().fit(())
TASK = TranslationData(train="x").build()
PLACE = Place("answers.jsonl", 3)


def pair(source, target=""):
    tokens = tuple(source.split())
    text, starts, ends = spelled(tokens)
    return TranslationExample(text, tokens, starts, ends, target, tuple(target.split()), (), "dev.tsv", 4)


GOLDS = [
    pair("ein Hund schläft hier", "a dog sleeps here"),
    pair("der Mann", "the man"),
    pair("zwei Katzen", "two cats"),
]
ANSWER = TextAnswer(
    "a dog sleeps there",
    ("a", "dog", "sleeps", "there"),
    ("written", "written", "copied", "unknown"),
    (0.5, 0.25, 0.125, 1.0),
    score=-0.5,
    log_probability=-2.0,
    alternatives=(Alternative("a dog", -0.75),),
)


def test_an_answer_is_shown_with_the_keys_of_the_field():
    assert TASK.render(GOLDS[0], ANSWER) == {
        "text": "ein Hund schläft hier",
        "translation_text": "a dog sleeps there",
        "score": -0.5,
        "log_probability": -2.0,
        "tokens": [
            {"word": "a", "origin": "written", "score": 0.5},
            {"word": "dog", "origin": "written", "score": 0.25},
            {"word": "sleeps", "origin": "copied", "score": 0.125},
            {"word": "there", "origin": "unknown", "score": 1.0},
        ],
        "alternatives": [{"translation_text": "a dog", "score": -0.75}],
    }
    assert TASK.parse(json.loads(json.dumps(TASK.render(GOLDS[0], ANSWER))), GOLDS[0], PLACE) == ANSWER


def test_an_answer_shows_what_it_lacks_of_the_glossary_only_where_it_does():
    lacking = replace(ANSWER, missed=("the dog",))
    rendered = TASK.render(GOLDS[0], lacking)
    assert rendered == {**TASK.render(GOLDS[0], ANSWER), "terms_missed": ["the dog"]}
    assert TASK.parse(rendered, GOLDS[0], PLACE) == lacking


@pytest.mark.parametrize("proven", [True, False])
def test_an_answer_says_whether_it_was_proved_only_where_the_search_asks(proven):
    answer = replace(ANSWER, proven=proven)
    rendered = TASK.render(GOLDS[0], answer)
    assert rendered == {**TASK.render(GOLDS[0], ANSWER), "proven": proven}
    assert TASK.parse(rendered, GOLDS[0], PLACE) == answer


def test_the_text_alone_is_an_answer_of_other_programs():
    found = TASK.parse({"text": GOLDS[1].text, "translation_text": "the man"}, GOLDS[1], PLACE)
    assert found == TextAnswer("the man")


@pytest.mark.parametrize(
    "change",
    [
        {"translation_text": None},
        {"tokens": [{"word": "a", "origin": "stolen", "score": 0.5}]},
        {"tokens": [{"word": "a", "origin": "copied", "score": 5}]},
        {"score": "high"},
        {"terms_missed": [1]},
        {"proven": "yes"},
        {"log_probability": True},
        {"alternatives": [{"score": 1.0}]},
        {"alternatives": [{"translation_text": "a", "score": None}]},
    ],
    ids=str,
)
def test_malformed_predictions_are_refused(change):
    with pytest.raises(DataError, match=r"^answers.jsonl:3: .*E-ANSWER-01"):
        TASK.parse({**TASK.render(GOLDS[0], ANSWER), **change}, GOLDS[0], PLACE)


def test_the_worst_texts_come_first():
    answers = [ANSWER, TextAnswer("the man", log_probability=-1.0), TextAnswer("nothing", log_probability=-5.0)]
    details = TASK.details(GOLDS, answers)
    assert [mistake.row for mistake in details.mistakes] == [2, 0]
    assert details.mistakes[0].quality == 0 < details.mistakes[1].quality < 100
    assert details.right.tolist() == [False, True, False]
    assert not details.classes
    assert TASK.score(GOLDS, answers)["exact"].value == pytest.approx(100 / 3)


@pytest.mark.parametrize(
    ("settings", "tokenizer"),
    [
        ({"target": "zh"}, "zh"),
        ({"target": "ja"}, "char"),
        ({"target": "translation", "target_language": "zh"}, "zh"),
        ({"target": "en"}, "13a"),
        ({"target": "0"}, "13a"),
        ({"target": "de", "bleu_tokenizer": "none"}, "none"),
    ],
)
def test_the_target_language_says_how_words_are_counted(settings, tokenizer):
    scores = TranslationData(train="x", **settings).build().score([], [])
    assert f"tok:{tokenizer}" in scores["bleu"].signature
    assert set(scores) == {"bleu", "chrf", "ter", "exact"}


def test_a_language_that_is_none_is_refused():
    with pytest.raises(ValidationError, match=r"no ISO 639-1 code of a language. How to mend: write"):
        TranslationData(train="x", target_language="english")


def test_chinese_targets_are_not_scored_as_if_they_had_spaces():
    corpus = Corpus.of(TranslationExample, [pair("the weather is good", "今天天气很好")])
    assert TranslationData(train="x", target="zh").build().inspect({"train": corpus}) == []
    with pytest.raises(DataError, match=r"E-METRIC-05"):
        TASK.inspect({"train": corpus})


def test_a_text_can_be_begun_for_the_network():
    example = TASK.example("der Mann", SPACES)
    assert TASK.begun(example, "the old", SPACES).prefix == ("the", "old")
    assert TASK.texts(example) == ("der Mann", "")
    assert TASK.texts(GOLDS[1]) == ("der Mann", "the man")


def test_trivial_answers_are_the_source_and_what_training_has_for_one_like_it():
    train = Corpus.of(TranslationExample, [pair("der Mann schläft", "the man sleeps"), pair("zwei Hunde", "two dogs")])
    found = TASK.baselines(train, [pair("der Mann", "the man sleeps"), pair("Berlin", "Berlin")])
    assert {name: scores["exact"].value for name, scores in found.items()} == {
        "copy of the source": 50,
        "nearest source": 50,
    }
