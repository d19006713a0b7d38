"""Words that training never wrote: each is copied, spelled or lost, and counted once."""

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.tasks.text_answer import TextAnswer
from seqweave.tasks.unknown_words import unknown_words


def pair(target):
    return TranslationExample("x", ("x",), (0,), (1,), target, tuple(target.split()))


def answer(*tokens):
    """Tokens with a star are copied; those with a plus are joined to the one before."""
    text = " ".join(tokens).replace("*", "").replace(" +", "")
    origins = tuple("copied" if token.startswith("*") else "written" for token in tokens)
    return TextAnswer(text, tuple(token.lstrip("*+") for token in tokens), origins)


def told(*pairs):
    train = Corpus.of(TranslationExample, [pair("the dog"), pair("a cat sleeps .")])
    golds, answers = zip(*pairs, strict=True)
    return unknown_words(train, [pair(gold) for gold in golds], answers).to_json()


def test_each_unknown_word_has_one_fate():
    found = told(
        ("Anna sleeps .", answer("*Anna", "sleeps", ".")),
        ("the birdhouse", answer("the", "bird", "+house")),
        ("Bob and Bob", answer("*Bob", "sleeps")),
    )
    words = {"copied": ["Anna", "Bob"], "spelled": ["birdhouse"], "lost": ["Bob", "and"]}
    assert found == {"count": 5, "copied": 2, "spelled": 1, "lost": 2, "words": words}


def test_a_word_is_lost_as_often_as_it_is_not_written():
    found = told(("Bob a Bob , Bob a Bob", answer("*Bob", "a", "cat")))
    assert (found["copied"], found["spelled"], found["lost"]) == (1, 0, 4)


def test_a_part_of_a_copied_word_is_no_copy():
    found = told(("some art", answer("*Mozart", "ar", "+t")))
    assert found["words"] == {"copied": [], "spelled": ["art"], "lost": ["some"]}


def test_known_words_are_not_spoken_of_even_where_they_are_lost():
    assert told(("the cat", answer("a", "dog")))["count"] == 0
