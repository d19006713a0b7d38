from __future__ import annotations

from seqweave.data.features.subwords import SubwordsConfig

from .strings import strings

TOKENS = strings([["lower", "lowest", "low"] * 5, ["new", "newer", "newest"] * 5])


def test_pieces_of_a_form_give_it_back() -> None:
    feature = SubwordsConfig(vocab_size=20).fit(TOKENS)
    words = feature.to_json()["vocabulary"]["words"]
    for form, ids in zip(TOKENS.table[1:], feature.column(TOKENS).table[1:].tolist(), strict=True):
        assert "".join(words[number - 2] for number in ids if number) == "▁" + form


def test_counts_are_those_of_the_pieces_in_training() -> None:
    feature = SubwordsConfig(vocab_size=20).fit(TOKENS)
    table = feature.column(TOKENS).table[TOKENS.ids.values]
    counted = [int((table == number).sum()) for number in range(2, feature.size.count)]
    assert feature.size.counts[2:].tolist() == counted


def test_unknown_characters_are_unknown_pieces() -> None:
    ids = SubwordsConfig(vocab_size=20).fit(TOKENS).column(strings([["low☃"]])).table[1]
    assert [number for number in ids.tolist() if number][-1] == 1
