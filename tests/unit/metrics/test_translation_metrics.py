"""BLEU, chrF, TER and exact match: the worked case of the notes, what a slow count says, and what is refused."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from seqweave.core.errors import DataError, InternalError
from seqweave.metrics.measure import intervals
from seqweave.metrics.translation import bleu, bleu_tokenizer, chrf, exact, require_tokenizer, sentence_bleu, ter

GOLD = "today's weather is good"
PAIRS = [
    ("the cat sat on the mat", "the cat sat on a mat"),
    ("a dog runs in the park today", "a dog runs in the park today"),
    ("two men are playing football", "men play football"),
]


def grams(text, size):
    words = text.split()
    return Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def matches(gold, answer, size):
    return sum((grams(gold, size) & grams(answer, size)).values())


@pytest.mark.parametrize(
    ("answer", "found"), [("weather is good today", (3, 2, 1)), ("good today is weather", (3, 0, 0))]
)
def test_the_worked_case_of_the_notes(answer, found):
    assert tuple(bleu([GOLD], [answer]).counts[0, 2:5]) == found
    assert tuple(matches(GOLD, answer, size) for size in (1, 2, 3)) == found


def test_bleu_is_the_formula_over_summed_counts():
    golds, answers = zip(*PAIRS, strict=True)
    precisions = [
        sum(matches(gold, answer, size) for gold, answer in PAIRS)
        / sum(sum(grams(answer, size).values()) for answer in answers)
        for size in (1, 2, 3, 4)
    ]
    gold_words, words = (sum(len(text.split()) for text in texts) for texts in (golds, answers))
    wanted = 100 * min(1, math.exp(1 - gold_words / words)) * math.prod(precisions) ** (1 / 4)
    assert bleu(golds, answers, "none").value == pytest.approx(wanted)


@pytest.mark.parametrize("metric", [bleu, chrf, ter, exact])
def test_resamples_are_scored_as_their_sentences_are(metric):
    golds, answers = zip(*PAIRS, strict=True)
    measure = metric(golds, answers)
    chosen = [0, 0, 2]
    again = metric([golds[row] for row in chosen], [answers[row] for row in chosen])
    sums = np.stack([measure.counts[chosen].sum(axis=0), measure.counts.sum(axis=0)])
    assert measure.finish(sums).tolist() == pytest.approx([again.value, measure.value])
    found = intervals({"it": measure})["it"]
    assert found.low < found.value < found.high


@pytest.mark.parametrize("metric", [bleu, chrf, ter, exact])
def test_nothing_scores_nothing(metric):
    assert metric([], []).value == 0
    assert metric(["a b"], [""]).value == (100 if metric is ter else 0)
    with pytest.raises(InternalError, match=r"E-METRIC-02"):
        metric(["a"], [])


def test_edits_are_counted_in_words_and_fewer_are_better():
    measure = ter(["a b c d"], ["b c d a"])
    assert measure.value == pytest.approx(100 / 4), "one shift"
    assert not measure.higher_is_better
    assert ter(["我 爱 你"], ["我爱你"], "zh").value == 0, "characters are words"
    assert ter(["我 爱 你"], ["我爱你"]).value == 100


def test_exact_match_wants_every_character_but_spaces_at_the_ends():
    assert exact(["a b", "a b", "a b"], ["a b ", "a  b", "A b"]).value == pytest.approx(100 / 3)


def test_a_short_text_is_not_blamed_for_its_length():
    assert sentence_bleu("a b", "a b") == pytest.approx(100)
    assert bleu(["a b"], ["a b"]).value == 0


@pytest.mark.parametrize(("language", "tokenizer"), [("zh", "zh"), ("ja", "char"), ("de", "13a"), (None, "13a")])
def test_the_language_chooses_the_tokenizer(language, tokenizer):
    assert bleu_tokenizer(language) == tokenizer
    assert f"tok:{tokenizer}" in bleu([], [], tokenizer).signature


def test_chinese_is_not_scored_at_spaces():
    with pytest.raises(DataError, match=r"no words. How to mend: .*bleu_tokenizer: zh.*E-METRIC-05"):
        require_tokenizer(["今天天气很好。", "OK"], "13a")
    for tokenizer in ("zh", "char", "none"):
        require_tokenizer(["今天天气很好。"], tokenizer)
    require_tokenizer(["he said 你好 to the teacher", ""], "13a")
