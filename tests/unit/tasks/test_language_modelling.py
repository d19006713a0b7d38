"""What a language model is asked and told: tokens of documents, ends of lines, unknown words, scores and baselines."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from seqweave.core.errors import DataError, Place
from seqweave.data.batches import TextRaw
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import END, UNKNOWN
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.bpe import BPEConfig
from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks import language_modelling, told_texts
from seqweave.tasks.contract import TASKS
from seqweave.tasks.language_answer import ContinuedText, ScoredText
from seqweave.tasks.language_rows import document
from seqweave.tasks.told_texts import ToldTexts

SPACES = SpacesConfig().fit(())
PLACE = Place("answers.jsonl", 1)


def task_of(**settings):
    return TASKS["language-modelling"](train="lab", **{"tokenizer": SpacesConfig(), **settings}).build()


def corpus_of(*texts, tokenizer=SPACES):
    return Corpus.of(DocumentExample, [task_of().example(text, tokenizer) for text in texts])


def test_the_end_of_every_line_is_a_token():
    corpus = corpus_of("a b\n\nc", "d")
    codec = task_of().fit(corpus, {}, SPACES)
    dataset = codec.encode(corpus)
    known = {word: number for number, word in enumerate(codec.tokens.vocabulary.words, 4)}
    wanted = [known["a"], known["b"], END, END, known["c"], END, known["d"], END]
    assert dataset.stream.ids(0, dataset.total).tolist() == wanted
    assert codec.tokens.vocabulary.counts[END] == wanted.count(END)
    assert dataset.lengths.tolist() == [6, 2]


def test_the_word_for_unknown_ones_is_the_unknown_token():
    corpus = corpus_of("a <unk> b", "<unk> a")
    codec = task_of().fit(corpus, {}, SPACES)
    assert "<unk>" not in codec.tokens.vocabulary.words
    assert codec.tokens.vocabulary.counts[UNKNOWN] == 2
    assert codec.ids(["", "<unk>", "a", "new"]).tolist()[1::2] == [UNKNOWN, UNKNOWN]
    other = task_of(unknown="")
    codec = other.fit(corpus, {}, SPACES)
    assert "<unk>" in codec.tokens.vocabulary.words
    assert other.score(list(corpus), told(codec, corpus, np.full(7, -1.0)))["unknown"].value == 0, "a word like others"


def test_rare_tokens_teach_what_unknown_ones_are_like():
    train, dev = corpus_of("a a b b c"), corpus_of("a d")
    with pytest.raises(DataError, match="E-LM-02"):
        task_of().inspect({"train": train, "dev": dev})
    assert task_of(min_count=2).inspect({"train": train, "dev": dev}) == []


@pytest.mark.parametrize(
    ("name", "line", "settings", "named"),
    [
        ("ready.conll", "one\tDT\ntwo\tNN\n\n", {"format": "conll", "tokens": "7"}, "data.tokens to one of: 0, 1"),
        ("texts.jsonl", '{"body": "one two", "tags": ["a"]}\n', {"format": "jsonl"}, "data.text to one of: body, tags"),
    ],
)
def test_a_column_that_is_missing_is_told_by_the_key_that_names_it(tmp_path, name, line, settings, named):
    path = tmp_path / name
    path.write_text(line)
    with pytest.raises(DataError, match=rf"set {named}.*E-DATA-01"):
        list(task_of(**settings).read(path, Receipt(str(path)), SPACES))


def test_texts_that_are_cut_in_another_way_are_refused_and_few_tokens_are_not():
    train = corpus_of(*["the cat sees the dog"] * 30, "rare")
    codec = task_of(min_count=2).fit(train, {}, SPACES)
    strange = corpus_of(*["THE CAT!"] * 60)
    with pytest.raises(DataError, match=r"100 % of the tokens are unknown.*'THE'.*E-LM-03"):
        codec.encode(strange)
    codec.encode(corpus_of("THE CAT!"))
    codec.encode(corpus_of(*["the cat sees a"] * 40))  # a quarter


@pytest.mark.parametrize(
    ("form", "again"), [("dog.", True), ("The", True), ("(THE", True), ("hen", False), (".", False)]
)
def test_texts_whose_unknown_tokens_are_known_ones_in_another_spelling_are_refused_by_fewer(form, again):
    codec = task_of(min_count=2).fit(corpus_of(*["the cat sees the dog"] * 30, "rare"), {}, SPACES)
    strange = corpus_of(*["the cat sees the dog"] * 30, *[form] * 10)
    if again:
        with pytest.raises(DataError, match=r"not in small letters or without the punctuation.*E-LM-07"):
            codec.encode(strange)
    else:
        codec.encode(strange)
    codec.encode(corpus_of(*["the cat sees the dog"] * 40, form))


def test_where_nothing_was_unknown_the_mend_names_the_spelling_only_of_words_that_would_be_known():
    codec = task_of().fit(corpus_of("the cat sees"), {}, SPACES)
    for text, mend in (("The cat", "spell it alike; or train"), ("a cat", "mend: train")):
        with pytest.raises(DataError, match=rf"{mend}.*E-LM-02"):
            codec.encode(corpus_of(text))


def test_a_corpus_in_files_is_not_copied(tmp_path):
    corpus = corpus_of(*["a b c"] * 50)
    corpus.save(tmp_path)
    opened = Corpus.open(DocumentExample, tmp_path)
    dataset = task_of().fit(opened, {}, SPACES).encode(opened)
    values = dataset.stream.texts.values
    assert np.shares_memory(values, opened.strings("tokens").ids.values)
    assert not values.flags.owndata
    assert not values.flags.writeable, "it is mapped from a file"


def told(codec, corpus, logs):
    whole = np.array(logs, np.float32)
    return list(ToldTexts(codec, codec.encode(corpus), lambda start, stop: whole[start:stop]))


def test_scores_are_those_of_all_tokens_and_ends():
    corpus = corpus_of("a b", "a")
    task = task_of()
    answers = told(task.fit(corpus, {}, SPACES), corpus, [-1.0, -2.0, -3.0, -0.5, -0.25])
    scores = task.score(list(corpus), answers)
    assert scores["perplexity"].value == pytest.approx(math.exp(6.75 / 5))
    assert scores["bits_per_character"].value == pytest.approx(6.75 / math.log(2) / (4 + 2))
    assert scores["unknown"].value == 0
    some = task.score_tokens(list(corpus), answers, [[True, False], [True]])
    assert some["perplexity"].value == pytest.approx(math.exp(1.5 / 2))
    worst = task.details(list(corpus), answers).mistakes
    assert [(one.row, one.position, one.gold) for one in worst] == [(0, 1, "b"), (0, 0, "a"), (1, 0, "a")]


def test_scores_that_cannot_be_compared_are_refused():
    corpus, task = corpus_of("a b", "a"), task_of()
    codec, logs = task.fit(corpus, {}, SPACES), [-1.0, -2.0, -3.0, -0.5, -0.25]
    one, golds = told(codec, corpus, logs), list(corpus) * 2
    unnamed = [replace(answer, vocabulary="", context="") for answer in one]
    assert task.score(golds, [*one, *unnamed])["perplexity"].value == task.score(golds[:2], one)["perplexity"].value
    for changed, code in (
        ({"vocabulary": "0", "unknown": 1}, "E-LM-05"),
        ({"vocabulary": "0", "whole": False}, "E-LM-05"),
        ({"context": "document"}, "E-LM-06"),
    ):
        with pytest.raises(DataError, match=code):
            task.score(golds, [*one, *(replace(answer, **changed) for answer in one)])


def test_models_of_other_tokens_are_compared_by_bits_a_character():
    corpus, task = corpus_of("ab b", "a"), task_of()
    words = told(task.fit(corpus, {}, SPACES), corpus, [-1.0, -2.0, -3.0, -0.5, -0.25])
    letters = [
        ScoredText(("a", "b", " ", "b"), (-0.5, -0.5, -0.5, -0.5, -2.0), "other", "stream", whole=True),
        ScoredText(("a",), (-3.0, -0.25), "other", "stream", whole=True),
    ]
    golds = list(corpus) * 2
    found = task.score(golds, [*words, *letters])
    assert found.keys() == {"bits_per_character"}
    bits = found["bits_per_character"]
    assert bits.counts.sum(0).tolist() == pytest.approx([-6.75 - 7.25, 2 * (5 + 2)])
    assert task.score_tokens(golds, [*words, *letters], [[True] * 4] * 4) == {}
    worst = task.details(golds, [*words, *letters]).mistakes
    assert [(one.row, one.gold) for one in worst[:2]] == [(3, "a"), (0, "b")]
    assert {one.gold for one in worst if one.row == 2} == {"a", "b", " "}


@pytest.mark.parametrize(
    "tokenizer", [SpacesConfig(), WordsConfig(), BPEConfig(vocab_size=40)], ids=lambda one: one.kind
)
def test_bits_a_character_are_a_score_only_where_every_character_is_told(tokenizer):
    texts = ["the dog (or  two) barks.", "word", "a b\nc d"]
    ready = tokenizer.fit([(text,) for text in texts * 10])
    task = task_of(tokenizer=tokenizer)
    corpus = Corpus.of(DocumentExample, [document(text, ready) for text in texts])
    codec = task.fit(corpus, {}, ready)
    answers = told(codec, corpus, np.full(sum(len(one.tokens) + 1 for one in corpus), -1.0))
    assert ("bits_per_character" in task.score(list(corpus), answers)) == tokenizer.whole
    assert ("bits_per_character" in task.score([], [])) == tokenizer.whole
    assert [one.code for one in task.inspect({"dev": corpus})] == ([] if tokenizer.whole else ["W-LM-01"])
    shown = [task.render(one, answer) for one, answer in zip(corpus, answers, strict=True)]
    assert {one["bits_per_character"] is None for one in shown} == {not tokenizer.whole}
    assert [task.parse(one, text, PLACE) for one, text in zip(shown, corpus, strict=True)] == answers


def test_an_unknown_token_tells_no_character():
    corpus, task = corpus_of("a b", "a"), task_of()
    answers = told(task.fit(corpus, {}, SPACES), corpus, [-1.0, -2.0, -3.0, -0.5, -0.25])
    met = [answers[0], replace(answers[1], unknown=1)]
    assert task.score(list(corpus), met).keys() == {"perplexity", "unknown"}
    shown = [task.render(*pair)["bits_per_character"] for pair in zip(corpus, met, strict=True)]
    assert [one is None for one in shown] == [False, True]


def test_unknown_forms_are_told_apart_only_where_all_models_do_so():
    corpus, task = corpus_of("a b", "a"), task_of()
    plain, golds = told(task.fit(corpus, {}, SPACES), corpus, [-1.0, -2.0, -3.0, -0.5, -0.25]), list(corpus) * 2
    pointing = [replace(answer, apart=tuple(2 * log for log in answer.log_probabilities)) for answer in plain]
    assert task.score(golds, pointing * 2)["perplexity_unknown_apart"].value == pytest.approx(math.exp(2 * 6.75 / 5))
    assert "perplexity_unknown_apart" not in task.score(golds, [*plain, *pointing])


def test_a_score_is_shown_token_by_token_and_read_back():
    corpus = corpus_of("a b", "b a")
    task = task_of()
    (answer, _) = told(task.fit(corpus, {}, SPACES), corpus, [-1.0, -2.0, -3.0, -1.0, -1.0, -1.0])
    shown = task.render(corpus[0], answer)
    assert shown["log_probability"] == -6
    assert shown["perplexity"] == pytest.approx(math.exp(2), abs=1e-6)
    assert [one["word"] for one in shown["tokens"]] == ["a", "b"]
    again = task.parse(json.loads(json.dumps(shown)), corpus[0], PLACE)
    assert again == answer
    for malformed in (
        {**shown, "end_log_probability": None},
        {**shown, "tokens": [{"word": "a", "log_probability": 2}]},
    ):
        with pytest.raises(DataError, match="E-ANSWER-01"):
            task.parse(malformed, corpus[0], PLACE)
    with pytest.raises(DataError, match="E-ANSWER-02"):
        task.parse(shown, corpus[1], PLACE)


def test_a_continuation_is_shown_with_the_text_before_it():
    example = task_of().example("the old ", SPACES)
    answer = ContinuedText((("dog", "."), ("cat",)), (-1.0, -2.0), (0.5, 0.9), (" dog .", " cat"))
    shown = task_of().render(example, answer)
    assert shown["generated_text"] == "the old dog ."
    assert [one["generated_text"] for one in shown["alternatives"]] == ["the old cat"]
    with pytest.raises(DataError, match=r"seqweave predict RUN --score --input FILE.*E-ANSWER-05"):
        task_of().parse(shown, example, PLACE)


@pytest.mark.parametrize(("text", "unknown"), [("", 0), ("the cat", 0), ("the zebra", 1), ("zebra the zebra", 2)])
def test_a_continuation_tells_how_many_tokens_before_it_are_unknown(text, unknown):
    codec = task_of(min_count=2).fit(corpus_of(*["the cat sees"] * 2, "rare"), {}, SPACES)
    batch = codec.encode(corpus_of(text)).batch(np.arange(1))
    raw = TextRaw((((END + 1,),),), ((-1.0,),), ((-1.0,),), ((0.4,),), torch.zeros(1, 1, 1))
    (answer,) = codec.answers(raw, batch)
    assert answer.unknown == unknown
    assert task_of().render(corpus_of(text)[0], answer)["unknown"] == unknown


def test_characters_with_spaces_are_joined_again():
    tokenizer = CharactersConfig(spaces=True).fit(())
    text = " the  old\tdog "
    found = tokenizer.split(text)
    assert tokenizer.join(found.words) == "the old dog"
    assert [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)][3] == "  "
    assert tokenizer.split(" ").words == ()
    assert CharactersConfig().fit(()).split("a b").words == ("a", "b")


def test_trigrams_whose_ids_do_not_fit_are_left_out(monkeypatch):
    train, held = corpus_of(*["the dog sees the cat ."] * 5), corpus_of("the dog sees .")
    count = task_of().fit(train, {}, SPACES).tokens.vocabulary.count
    for most, told in ((count, {"unigram", "Kneser-Ney trigram"}), (count - 1, {"unigram"})):
        monkeypatch.setattr(language_modelling, "MOST_IDS", most)
        assert set(task_of().baselines(train, list(held))) == told


def test_baselines_see_what_the_model_sees():
    texts = ["the dog sees the cat .", "the cat sees the dog .", "a dog ."] * 10
    train, held = corpus_of(*texts), corpus_of("the dog sees a cat .")
    found = task_of().baselines(train, list(held))
    assert set(found) == {"unigram", "Kneser-Ney trigram"}
    values = {name: scores["perplexity"].value for name, scores in found.items()}
    assert 1 < values["Kneser-Ney trigram"] < values["unigram"] < 9, "nine different tokens and ends"
    signatures = {scores["perplexity"].signature for scores in found.values()}
    codec = task_of().fit(train, {}, SPACES)
    assert signatures == {f"ends of lines:counted|vocabulary:{codec.digest}"}


def test_answers_are_made_one_by_one_as_they_are_all_together(monkeypatch):
    corpus = corpus_of(*["a b c d", "b", "a a a", "c", "d d"] * 3)
    codec, logs = task_of().fit(corpus, {}, SPACES), -np.random.default_rng(0).random((48, 2)).astype(np.float32)
    dataset = codec.encode(corpus)
    texts = ToldTexts(codec, dataset, lambda start, stop: logs[start:stop])
    assert [one for text in texts for one in text.log_probabilities] == logs[:, 0].tolist()
    assert [one for text in texts for one in text.apart] == logs[:, 1].tolist()
    whole = list(texts)
    for at_once in (1, 7, 12):
        monkeypatch.setattr(told_texts, "AT_ONCE", at_once)
        assert list(texts) == [texts[row] for row in range(15)] == texts[:] == whole
    assert (texts[-1], len(texts), texts[3:5]) == (whole[-1], 15, whole[3:5])
    with pytest.raises(IndexError):
        texts[15]
