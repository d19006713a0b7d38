"""The nearest training source, held to a slow comparison with every one of them."""

import math

import pytest

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.tasks.translation_memory import TranslationMemory

SOURCES = ["der Hund schläft", "der Hund und der Mann", "ein Mann schläft", "die Katze", "der der der", "ein Hund"]


def corpus():
    pairs = [(source, tuple(source.split()), f"target {row}") for row, source in enumerate(SOURCES)]
    return Corpus.of(TranslationExample, [TranslationExample(s, t, (), (), target) for s, t, target in pairs])


def likeness(one, other):
    rows = [set(source.split()) for source in SOURCES]
    weight = {w: math.log((1 + len(rows)) / sum(w in row for row in rows)) ** 2 for row in rows for w in row}
    norm = math.sqrt(sum(weight[w] for w in other))
    return sum(weight[w] for w in one & other) / norm


@pytest.mark.parametrize("text", [*SOURCES, "ein Hund schläft", "Katze Mann", "der unbekannte Mann", "die die Hund"])
def test_the_nearest_source_is_found(text):
    ranked = max(range(len(SOURCES)), key=lambda row: likeness(set(text.split()), set(SOURCES[row].split())))
    assert TranslationMemory(corpus())(text.split()) == f"target {ranked}"


def test_what_shares_no_token_with_training_has_no_answer():
    assert TranslationMemory(corpus())(["Vogel"]) == ""
    assert TranslationMemory(corpus())([]) == ""
