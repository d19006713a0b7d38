from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.tokenizers import treebank
from seqweave.data.tokenizers.rule import matches
from seqweave.data.tokenizers.treebank import TreebankConfig, split

CHARACTERS = st.text(alphabet=[chr(code) for code in range(128)]) | st.text(alphabet="nNtTsS'.,:-/ 1aAZ", max_size=40)

PRINTED = {
    "It's a lovely film, isn't it?": "It 's a lovely film , is n't it ?",
    "They'd've said I'M late; DON'T!": "They 'd 've said I 'M late ; DO N'T !",
    "You cannot, I’m gonna, we wanna.": "You can not , I ’m gon na , we wan na .",
    "Mr. J. Smith of the U.S. vs. St. Paul": "Mr. J. Smith of the U.S. vs. St. Paul",
    "The end. He left at 3:30. E.T. came.": "The end . He left at 3:30 . E.T. came .",
    "No. 5 cost $10,000.50, no?": "No. 5 cost $ 10,000.50 , no ?",
    "No. Yes.": "No . Yes .",
    "a writer/director's well-known site, imdb.com": "a writer/director 's well-known site , imdb.com",
    "'70s stuff 'em... and -- so --- on....": "'70s stuff 'em ... and -- so --- on ....",
    "the dogs' \"bark\" (rock'n'roll) O'Neal": "the dogs ' \" bark \" ( rock'n'roll ) O'Neal",
    "film.<br />Then": "film . < br / > Then",
    "Plan B. I": "Plan B. I",
    "It was I. He is Dr.": "It was I . He is Dr .",
    "cafe\u0301's 我们 d'Artagnan 50% R&B": "cafe\u0301 's 我 们 d'Artagnan 50 % R & B",
}


@pytest.mark.parametrize("text", PRINTED)
def test_tokens(text: str) -> None:
    assert " ".join(split(text).words) == PRINTED[text]


@pytest.mark.parametrize("text", PRINTED)
def test_tokens_of_tokens_are_themselves(text: str) -> None:
    """A file of ready tokens, and the same text as print has it, come out alike."""
    words = split(text).words
    assert split(" ".join(words)).words == words
    assert split(TreebankConfig().fit(()).join(words)).words == words


def test_contractions_are_printed_behind_their_words() -> None:
    tokenizer = TreebankConfig().fit(())
    assert tokenizer.join(("It", "is", "n't", "Smith", "'s", ".")) == "It isn't Smith's."
    assert tokenizer.join(("'s", "n't")) == "'sn't"


@settings(deadline=None)
@given(CHARACTERS)
def test_fast_pattern_agrees_with_the_general_one(text: str) -> None:
    assert matches(treebank._ASCII, text) == matches(treebank._any(), text)


def test_takes_linear_time() -> None:
    """An attack on a pattern that goes back would not end in this test's time limit."""
    for text in ("a-" * 200_000, "'" * 200_000, "1.," * 100_000, "n'" * 200_000, "A." * 200_000, "a\u0301" * 100_000):
        assert "".join(split(text).words) == text
    assert len(split("J." + " " * 500_000).words) == 2
