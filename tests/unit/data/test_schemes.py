"""Tag schemes: round trips over all spans of short sentences, and conlleval's own two tables as the second answer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pytest

from seqweave.core.errors import DataError, InternalError, Place
from seqweave.data.schemes import (
    LETTERS,
    Scheme,
    Span,
    allowed_transitions,
    breaks,
    broken_notice,
    convert,
    detect,
    part,
    spans,
    tags,
)

SCHEMES = tuple(LETTERS)
LENGTH = 4
EXAMPLE: dict[Scheme, str] = {
    "iob1": "I-A B-A I-A O I-B",
    "iob2": "B-A B-A I-A O B-B",
    "bioes": "S-A B-A E-A O S-B",
    "bilou": "U-A B-A L-A O U-B",
    "bmes": "S-A B-A E-A O S-B",
    "bmewo": "W-A B-A E-A O W-B",
}


def locate(row: int, position: int) -> Place:
    return Place("some.conll", 10 * row + position + 1)


def segmentations(start: int, length: int) -> Iterator[tuple[Span, ...]]:
    """Every way to lay spans labelled A or B on tokens."""
    if start == length:
        yield ()
        return
    for rest in segmentations(start + 1, length):
        yield rest
    for end, label in product(range(start + 1, length + 1), "AB"):
        for rest in segmentations(end, length):
            yield (Span(label, start, end), *rest)


def conlleval(sequence: Sequence[str]) -> list[tuple[str, int, int]]:
    """The spans as the script of the shared tasks finds them: a chunk ends, a chunk starts, by its two tables."""
    found, start = [], 0
    before_letter, before_label = "O", ""
    for i, tag in enumerate([*sequence, "O"]):
        letter, _, label = tag.partition("-")
        changed = before_letter != "O" and before_label != label
        ends = before_letter in "ES" or before_letter + letter in ("BB", "BS", "BO", "IB", "IS", "IO")
        starts = letter in "BS" or before_letter + letter in ("EE", "EI", "SE", "SI", "OE", "OI")
        if before_letter != "O" and (ends or changed):
            found.append((before_label, start, i))
        if letter != "O" and (starts or changed):
            start = i
        before_letter, before_label = letter, label
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_spans_come_back_from_their_tags(scheme: Scheme) -> None:
    for found in segmentations(0, LENGTH):
        written = tags(found, LENGTH, scheme)
        assert spans(written, scheme) == found
        assert not list(breaks([written], scheme))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_schemes_write_as_their_papers_do(scheme: Scheme) -> None:
    found = (Span("A", 0, 1), Span("A", 1, 3), Span("B", 4, 5))
    assert tags(found, 5, scheme) == tuple(EXAMPLE[scheme].split())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_unbroken_sequences_are_those_that_spans_are_written_as(scheme: Scheme) -> None:
    letters = [f"{letter}-{label}" for letter in LETTERS[scheme] for label in "AB"]
    written = {tags(found, 3, scheme) for found in segmentations(0, 3)}
    allowed, starts, ends = allowed_transitions(["O", *letters], scheme)
    ids = {tag: i for i, tag in enumerate(["O", *letters])}
    for sequence in product(ids, repeat=3):
        first, second, third = (ids[tag] for tag in sequence)
        lawful = starts[first] and allowed[first, second] and allowed[second, third] and ends[third]
        assert lawful == (sequence in written) == (not list(breaks([sequence], scheme)))


def test_any_sequence_has_the_spans_of_conlleval() -> None:
    draw = random.Random(1)
    letters = ["O", *(f"{letter}-{label}" for letter in "BIES" for label in "AB")]
    for _ in range(3000):
        sequence = draw.choices(letters, k=draw.randint(1, 9))
        assert list(spans(sequence, "bioes")) == conlleval(sequence)


@pytest.mark.parametrize(("source", "target"), [(a, b) for a in SCHEMES for b in SCHEMES])
def test_converting_keeps_the_spans_of_broken_sequences_and_mends_them(source: Scheme, target: Scheme) -> None:
    draw = random.Random(1)
    letters = ["O", *(f"{letter}-{label}" for letter in LETTERS[source] for label in "AB")]
    for _ in range(100):
        sequence = draw.choices(letters, k=draw.randint(0, 6))
        converted = convert(sequence, source, target)
        assert spans(converted, target) == spans(sequence, source)
        assert not list(breaks([converted], target))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_is_told_by_its_tags(scheme: Scheme) -> None:
    sequences = [tags(found, LENGTH, scheme) for found in segmentations(0, LENGTH)]
    told = detect(sequences, locate)
    assert {frozenset(spans(s, told)) for s in sequences} == {frozenset(found) for found in segmentations(0, LENGTH)}
    assert told == scheme


def test_begin_middle_end_single_without_labels_is_a_scheme() -> None:
    sequences = [("B", "E", "S"), ("B", "M", "M", "E")]
    assert detect(sequences, locate) == "bmes"
    assert spans(sequences[0], "bmes") == (("", 0, 2), ("", 2, 3))
    assert convert(sequences[1], "bmes", "iob2") == ("B", "I", "I", "I")


@pytest.mark.parametrize(
    "sequences",
    [
        [("NOUN", "VERB", "PUNCT")],
        [("S", "E", "B", "RD", "V", "SP", "I", "FF")],
        [("O", "O"), ()],
        [],
        [("-LRB-", "NN", "B-", "O")],
    ],
)
def test_other_tags_are_of_no_scheme(sequences: list[tuple[str, ...]]) -> None:
    assert detect(sequences, locate) == "none"


def test_no_scheme_allows_everything_and_has_no_spans() -> None:
    assert spans(["NOUN", "O"], "none") == ()
    assert convert(["NOUN", "O"], "none", "none") == ("NOUN", "O")
    assert all(np.all(allowed) for allowed in allowed_transitions(["NOUN", "VERB"], "none"))
    with pytest.raises(InternalError, match="E-SCHEME-03"):
        convert(["NOUN"], "none", "iob2")


def test_few_broken_sequences_are_counted_with_their_first_place() -> None:
    sequences = [("B-A", "E-A")] * 28 + [("O", "B-A", "O"), ("O", "B-A")]
    scheme = detect(sequences, locate)
    assert list(breaks(sequences, scheme)) == [(28, 2), (29, 2)]
    notice = broken_notice(sequences, scheme, locate)
    assert notice is not None
    assert (notice.code, notice.count, notice.place) == ("W-SCHEME-01", 2, Place("some.conll", 283))
    assert "2 of 30 sentences break their tag scheme bioes (first: 'O' after 'B-A')" in notice.what
    assert broken_notice(sequences[:28], scheme, locate) is None
    ended = broken_notice(sequences[29:], scheme, locate)
    assert ended is not None
    assert "the end of the sentence after 'B-A'" in ended.what


def test_many_broken_sequences_are_a_mixture() -> None:
    sequences = [("B-A", "E-A")] * 6 + [("B-A", "I-A", "O")] * 3
    with pytest.raises(DataError, match=r"some.conll:63: .*3 of 9 .* break bioes.*some.conll:1 does not.*E-SCHEME-01"):
        detect(sequences, locate)


def test_a_tag_with_an_unknown_letter_is_refused_with_its_place() -> None:
    with pytest.raises(DataError, match=r"some.conll:12: the tag 'X-A' .*E-SCHEME-02"):
        detect([("B-A", "I-A"), ("O", "X-A")], locate)
    with pytest.raises(DataError, match="E-SCHEME-02"):
        spans(["PER"], "iob2")


def test_a_tag_is_parted_at_its_first_hyphen() -> None:
    assert part("B-LOC-GPE") == ("B", "LOC-GPE")
    assert [part(tag) for tag in ("b-LOC", "BLOC", "", "-", "B_LOC")] == [None] * 5
