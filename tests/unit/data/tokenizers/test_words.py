from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.tokenizers import words
from seqweave.data.tokenizers.rule import matches
from seqweave.data.tokenizers.words import WordsConfig, split


@pytest.mark.parametrize(
    "text",
    [
        "don't | well-known | rock | ' | n | ' | roll",
        "it’s | 3.14 | 1,000 | U | . | S | . | I'm | . | - | - | x | - | | a | _ | b | 5 | %",
        "我 | 们 | abc | 中 | 国 | 人 | 。",
        "café | cafe\u0301 | हिन्दी | co\u00adoperate | ① | 👍 | 🏽 | ❤\ufe0f",
    ],
)
def test_tokens(text: str) -> None:
    expected = tuple(text.replace("| |", "|").split(" | "))
    spaced = " ".join(expected)
    assert split(spaced).words == expected


def test_adjacent_scripts_are_parted() -> None:
    assert split("我们abc中,国3.5元").words == ("我", "们", "abc", "中", ",", "国", "3.5", "元")


def test_stops_join_digits_only() -> None:
    assert split("end.Next a,b 3.x v.2").words == ("end", ".", "Next", "a", ",", "b", "3", ".", "x", "v", ".", "2")
    assert split("3.5 1,000.5").words == ("3.5", "1,000.5")


def test_lowercase_keeps_offsets() -> None:
    given = "İstanbul IST"  # the lower case of İ is two characters long
    cased, lower = WordsConfig().fit(()).split(given), WordsConfig(lowercase=True).fit(()).split(given)
    assert lower.words == tuple(word.lower() for word in cased.words)
    assert (lower.starts, lower.ends) == (cased.starts, cased.ends)


@settings(deadline=None)
@given(st.text(alphabet=[chr(code) for code in range(128)]))
def test_fast_pattern_agrees_with_the_general_one(text: str) -> None:
    assert matches(words._ASCII, text) == matches(words._any(), text)


@settings(deadline=None)
@given(st.text())
def test_words_hold_word_characters_only(text: str) -> None:
    """The second answer: after its first character, a token has letters, digits, marks and inner joiners only."""
    for word in split(text).words:
        for character in word[1:]:
            category = unicodedata.category(character)[0]
            assert category in "LNM" or character in "'’‐-.,\u00ad\u200c\u200d"


def test_takes_linear_time() -> None:
    """An attack on a pattern that goes back would not end in this test's time limit."""
    for text in ("a-" * 200_000, "'" * 200_000, "1.," * 100_000, "a\u0301" * 100_000):
        assert "".join(split(text).words) == text
