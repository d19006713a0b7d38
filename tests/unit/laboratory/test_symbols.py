"""Strings of symbols: each target is what Python itself makes of the source."""

from collections import Counter
from itertools import islice

import pytest
from pydantic import ValidationError

from seqweave.laboratory.contract import laboratory_of
from seqweave.laboratory.symbols import SYMBOLS, CopyLaboratory

MADE = {
    "copy": lambda source, symbols: source,
    "reverse": lambda source, symbols: source[::-1],
    "sort": lambda source, symbols: "".join(symbol * source.count(symbol) for symbol in symbols),
}


@pytest.mark.parametrize("language", SYMBOLS)
@pytest.mark.parametrize("kind", MADE)
def test_the_target_is_what_the_name_says(kind, language):
    for specimen in islice(laboratory_of("translation", kind, language).specimens(1), 500):
        example = specimen.example
        expected = MADE[kind]("".join(example.tokens), SYMBOLS[language])
        assert "".join(example.target_tokens) == expected
        assert "".join(example.tokens[origin] for origin in specimen.evidence) == expected
        assert sorted(specimen.evidence) == list(range(len(expected))), "each symbol is used once"


def test_equal_symbols_keep_their_order_when_sorted():
    for specimen in islice(laboratory_of("translation", "sort").specimens(1), 200):
        pairs = zip(specimen.example.target_tokens, specimen.evidence, strict=True)
        assert list(pairs) == sorted(zip(specimen.example.target_tokens, specimen.evidence, strict=True))


@pytest.mark.parametrize("language", SYMBOLS)
def test_all_twenty_symbols_and_all_lengths_are_there(language):
    examples = [s.example for s in islice(CopyLaboratory(language=language).specimens(1), 4000)]
    symbols = Counter(token for example in examples for token in example.tokens)
    lengths = Counter(len(example.tokens) for example in examples)
    assert set(symbols) == set(SYMBOLS[language])
    assert len(symbols) == 20
    assert set(lengths) == set(range(1, 21))
    assert max(lengths.values()) < 2 * min(lengths.values())


def test_the_longest_is_a_setting():
    assert max(len(s.example.tokens) for s in islice(CopyLaboratory(longest=40).specimens(1), 500)) == 40
    with pytest.raises(ValidationError):
        CopyLaboratory(longest=0)
