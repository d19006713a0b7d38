"""Near-duplicates beside a loop over all pairs of rows, in English and Chinese."""

import random

import pytest

from seqweave.data import duplicates
from seqweave.data.corpus import Corpus
from seqweave.data.duplicates import near_duplicates
from seqweave.data.examples import TextExample, spelled
from seqweave.data.splits import normalised

WORDS = {
    "en": "the a film room was is not very Good bad old , ! . new we saw it and but",
    "zh": "这 部 电影 房间 很 不 好 坏 旧 新 , 。 ! 我们 看 了 但 和 那",
}


def corpus(rows):
    return Corpus.of(TextExample, [of(row) for row in rows])


def of(row):
    text, starts, ends = spelled(row)
    return TextExample(text, tuple(row), starts, ends)


def pairs(row):
    """The same set by another way: normalised words one by one."""
    words = [word for word in map(normalised, row) if any(c.isalnum() for c in word)]
    return set(zip(["<", *words], [*words, ">"], strict=True)) if words else set()


def all_pairs(train, other, threshold):
    """The nearest row of train for each row of other that has one, by comparing everything with everything."""
    found = {}
    for row, mine in enumerate(map(pairs, other)):
        scored = [
            (len(mine & one) / len(mine | one), -like) for like, one in enumerate(map(pairs, train)) if mine | one
        ]
        best = max(scored, default=(0.0, 0))
        if best[0] >= threshold:
            found[row] = (-best[1], best[0])
    return found


def material(language, seed):
    """Rows of few words, and others that are these with a word more, less or changed."""
    generator = random.Random(seed)
    train = [generator.choices(WORDS[language].split(), k=generator.randint(0, 30)) for _ in range(60)]
    other = [generator.choices(WORDS[language].split(), k=generator.randint(0, 30)) for _ in range(20)]
    for row in generator.sample(train, 40):
        copied = [word.upper() for word in row]
        for _ in range(generator.randint(0, 3)):
            copied.insert(generator.randint(0, len(copied)), generator.choice(WORDS[language].split()))
        other.append(copied)
    return train, other


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("threshold", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_all_that_a_slow_loop_finds_are_found(language, threshold, seed):
    train, other = material(language, seed)
    found, compared = near_duplicates(corpus(train), corpus(other), threshold)
    wanted = all_pairs(train, other, threshold)
    assert {one.row: (one.like, one.similarity) for one in found} == wanted
    assert compared == len(other)
    assert wanted
    assert len(wanted) < len(other)


def test_case_width_and_punctuation_count_for_nothing():
    train, other = [["The", "film", "was", "good", "."]], [["the", "FILM", "ｗａｓ", "good", "!", "!"]]
    ((near,), _) = near_duplicates(corpus(train), corpus(other))
    assert (near.like, near.similarity) == (0, 1.0)


def test_rows_without_words_are_like_nothing():
    assert near_duplicates(corpus([["!"], []]), corpus([["."], [], ["a"]])) == ([], 3)


def test_it_says_how_far_it_came(monkeypatch):
    monkeypatch.setattr(duplicates, "COMPARISONS", 3)
    rows = [["a", "b", "c"]] * 4
    found, compared = near_duplicates(corpus(rows), corpus(rows))
    assert (len(found), compared) == (1, 1)
