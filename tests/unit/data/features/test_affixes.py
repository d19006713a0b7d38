from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.data.features.affixes import AffixesConfig, shape

from .strings import strings


def test_columns_are_those_of_the_definition() -> None:
    feature = AffixesConfig(min_count=1).fit(strings([["Walking", "B2"]]))
    words = feature.to_json()["vocabulary"]["words"]
    table = feature.column(strings([["Walking", "B2"]])).table
    read = [[words[number - 2] for number in row] for row in table[1:].tolist()]
    assert read[0] == ["0g", "1ng", "2ing", "3king", "4wa", "5wal", "6W", "7Xxxxx"]
    assert read[1] == ["00", "1b0", "2b0", "3b0", "4b0", "5b0", "6B", "7Xd"]


def test_columns_share_no_id() -> None:
    tokens = strings([["a", "b", "aa"], ["a", "b", "aa"]])
    table = AffixesConfig().fit(tokens).column(tokens).table[1:]
    columns = [set(column) - {1} for column in table.T.tolist()]
    assert sum(map(len, columns)) == len(set().union(*columns))


def test_unseen_words_share_affixes_with_seen_ones() -> None:
    feature = AffixesConfig().fit(strings([["walking", "talking"]]))
    suffixes = feature.column(strings([["barking", "walking"]])).table[1:, :4]
    assert (suffixes[0] == suffixes[1]).all()


@pytest.mark.parametrize(("form", "expected"), [("USA", "XXX"), ("aaaaaaa", "xxxx"), ("3.14%", "d.dd%"), ("", "")])
def test_shape(form: str, expected: str) -> None:
    assert shape(form) == expected


@given(st.text(st.sampled_from("aZß9٣我-\n \u0301\U0001d400"), max_size=20))
def test_a_shape_is_its_kinds_with_every_run_cut_to_four(form: str) -> None:
    kinds = ["X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in form]
    assert shape(form) == "".join("".join(list(run)[:4]) for _, run in groupby(kinds))
