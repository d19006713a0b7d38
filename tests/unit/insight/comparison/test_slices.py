"""Slices part the examples: each stands in one part of each kind, told by the examples alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from seqweave.data.examples import TextExample, spelled
from seqweave.insight.comparison.slices import by_ending, by_known, by_known_share, by_length, ending


def text(words: str) -> TextExample:
    tokens = tuple(words.split())
    return TextExample(words, tokens, *spelled(tokens)[1:])


GENERATOR = np.random.default_rng(1)
WORDS = [f"w{i}" for i in range(30)]
GOLDS = [
    text(" ".join([*GENERATOR.choice(WORDS, size), mark])) for size in range(1, 40) for mark in ("?", "!", "。", "x")
]
COUNTS = {word: i for i, word in enumerate(WORDS)}


@pytest.mark.parametrize("kind", ["length", "sentence type", "unknown words", "rare words"])
def test_every_example_is_in_one_part_of_each_kind(kind: str) -> None:
    every = [*by_length(GOLDS), *by_ending(GOLDS), *by_known_share(GOLDS, COUNTS)]
    parts = [part for part in every if part.kind == kind]
    assert len(parts) > 1
    assert len({part.name for part in parts}) == len(parts)
    assert sorted(np.concatenate([part.rows for part in parts]).tolist()) == list(range(len(GOLDS)))


def test_lengths_are_parted_into_quarters_that_say_what_they_hold() -> None:
    parts = by_length(GOLDS)
    assert [len(part.rows) for part in parts] == pytest.approx([len(GOLDS) / 4] * 4, abs=4)
    for part in parts:
        low, _, high = part.name.removesuffix(" tokens").partition(" to ")
        lengths = [len(GOLDS[row].tokens) for row in part.rows]
        assert (min(lengths), max(lengths)) == (int(low), int(high))
    assert by_length([text("a b")] * 9) == [], "what parts nothing is no slice"
    assert [part.name for part in by_length([text("a")] * 9 + [text("a b c")])] == ["1 tokens", "3 tokens"]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Who is there?", "question"),
        ("Who is there ? ”", "question"),
        ("他 来 了 吗", "question"),
        ("你来吗？！", "question"),
        ("Go away!", "exclamation"),
        ("走开！」", "exclamation"),
        ("It rained.", "statement"),
        ("下雨了。", "statement"),
        ("Well …", "statement"),
        ("(It rained.)", "statement"),
        ("Chapter 1", "no end mark"),
        ("The rain, the wind,", "no end mark"),
        ("...", "statement"),
        ("", "no end mark"),
    ],
)
def test_sentences_are_told_by_their_end(sentence: str, kind: str) -> None:
    assert ending(sentence) == kind


def test_unknown_and_rare_words_are_counted_by_hand() -> None:
    shares = {}
    for part in by_known_share(GOLDS, COUNTS):
        for row in part.rows:
            shares.setdefault(part.kind, {})[int(row)] = part.name
    for row, gold in enumerate(GOLDS):
        counts = Counter("unknown" if not COUNTS.get(t, 0) else "rare" if COUNTS[t] <= 5 else "" for t in gold.tokens)
        for kind in ("unknown", "rare"):
            share, name = 100 * counts[kind] / len(gold.tokens), shares[f"{kind} words"][row]
            if name == "none":
                assert share == 0
            else:
                bound = float(name.split()[-2])
                assert share > bound - 0.05 if name.startswith("more") else 0 < share <= bound + 0.05


def test_tokens_are_told_by_how_often_training_has_them() -> None:
    masks = by_known(GOLDS, COUNTS)
    assert list(masks) == ["never seen in training", "seen 1 to 5 times", "seen more often"]
    for row, gold in enumerate(GOLDS):
        for place, token in enumerate(gold.tokens):
            count = COUNTS.get(token, 0)
            assert [mask[row][place] for mask in masks.values()] == [count == 0, 1 <= count <= 5, count > 5]
    assert list(by_known([text("w9 w8")], COUNTS)) == ["seen more often"]
