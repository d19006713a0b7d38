from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.features.contract import BEGIN, END, PADDING, UNKNOWN
from seqweave.data.features.tokens import TokensConfig
from seqweave.data.features.words import WordsConfig

from .strings import strings

ROWS = [["The", "the", "the", "B2"], ["the", "<unk>"], []]
RESERVED = {PADDING, UNKNOWN, BEGIN, END}


def test_tokens_are_read_as_they_are_written() -> None:
    feature = TokensConfig().fit(strings(ROWS))
    assert feature.column(strings([["the", "The", "THE", "<unk>"]])).table.tolist() == [
        PADDING,
        4,
        4 + feature.vocabulary.words.index("The"),
        UNKNOWN,
        4 + feature.vocabulary.words.index("<unk>"),
    ]


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(st.lists(st.sampled_from("abcd"), max_size=5), max_size=5), least=st.integers(1, 3))
def test_ids_and_counts_agree_with_a_plain_count(rows: list[list[str]], least: int) -> None:
    feature = TokensConfig(min_count=least).fit(strings(rows))
    counted = Counter(token for row in rows for token in row)
    known = {token for token, count in counted.items() if count >= least}
    ids = dict(zip("abcd", feature.vocabulary.ids("abcd").tolist(), strict=True))
    assert {token for token, number in ids.items() if number not in RESERVED} == known
    assert all(feature.size.counts[ids[token]] == counted[token] for token in known)
    assert all(feature.vocabulary.words[ids[token] - 4] == token for token in known)
    assert feature.size.counts[: END + 1].tolist() == [
        0,
        sum(counted[token] for token in set(counted) - known),
        len(rows),
        len(rows),
    ]
    assert feature.size.count == len(known) + len(RESERVED)


def test_at_most_so_many() -> None:
    assert TokensConfig(max_size=1).fit(strings(ROWS)).vocabulary.words == ("the",)


def test_a_vocabulary_of_words_is_none_of_tokens() -> None:
    state = {"vocabulary": WordsConfig().fit(strings(ROWS)).to_json()["vocabulary"]}
    with pytest.raises(DataError, match="E-STATE-01"):
        TokensConfig().restore(state)
