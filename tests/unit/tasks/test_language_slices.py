"""Kinds of tokens: every token in one of each, and their perplexities make up the whole."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.tasks import language_slices
from seqweave.tasks.contract import TASKS
from seqweave.tasks.language_answer import ScoredText
from seqweave.tasks.language_slices import recent, token_slices

SPACES = SpacesConfig().fit(())
TRAIN = " ".join(["the"] * 1500 + ["old"] * 500 + ["dog"] * 50 + ["cat"] * 5 + ["once"])


def built(context="stream"):
    task = TASKS["language-modelling"](train="lab", min_count=2, context=context).build()
    train = Corpus.of(DocumentExample, [task.example(TRAIN, SPACES)])
    texts = ("the old dog", "zebra cat the zebra dog", "old old lynx")
    golds = [task.example(text, SPACES) for text in texts]
    generator = np.random.default_rng(0)
    logs = [generator.uniform(-9, 0, len(gold.tokens) + 1) for gold in golds]
    answers = [
        ScoredText(gold.tokens, tuple(log), "", "", tuple(log - 1)) for gold, log in zip(golds, logs, strict=True)
    ]
    return task.fit(train, {}, SPACES), Corpus.of(DocumentExample, golds), answers


@pytest.mark.parametrize("context", ["stream", "document"])
def test_parts_make_up_the_whole(context, monkeypatch):
    codec, golds, answers = built(context)
    found = token_slices(codec, golds, answers, 4)
    monkeypatch.setattr(language_slices, "AT_ONCE", 1)  # each text by itself, those before it still in mind
    assert token_slices(codec, golds, answers, 4) == [
        replace(one, perplexity=pytest.approx(one.perplexity)) for one in found
    ]
    whole = [log for answer in answers for log in answer.log_probabilities]
    for kind, missing in (("place", 0), ("count in training", 3)):  # unknown ones have no count
        parts = [one for one in found if one.kind == kind and "apart" not in one.name]
        assert sum(one.tokens for one in parts) == len(whole) - missing
    parts = [one for one in found if one.kind == "place" and "apart" not in one.name]
    assert sum(one.tokens * math.log(one.perplexity) for one in parts) == pytest.approx(-sum(whole))
    names = {one.name: one for one in found}
    assert names["1 to 10"].tokens == 4, "cat, and three ends, of which training has one"
    unknown, apart = names["not in the vocabulary"], names["not in the vocabulary, told apart"]
    assert unknown.tokens == apart.tokens == 3
    assert apart.perplexity == pytest.approx(unknown.perplexity * math.e)


def slowly(forms, begins, window):
    return [
        form in forms[max(begin, at - window) : at] for at, (form, begin) in enumerate(zip(forms, begins, strict=True))
    ]


@pytest.mark.parametrize("window", [1, 3, 50])
def test_recent_words_are_those_of_a_loop(window):
    generator = np.random.default_rng(window)
    forms = generator.integers(0, 6, 60)
    begins = np.repeat([0, 20, 45], [20, 25, 15])
    assert recent(forms, begins, window).tolist() == slowly(forms.tolist(), begins.tolist(), window)
