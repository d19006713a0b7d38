from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import ProblemsError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample, TextExample, TranslationExample
from seqweave.data.limits import head_tail, limited, parents, windows
from seqweave.data.receipt import Receipt

quick = settings(max_examples=60, deadline=None)


def tagged(length, line=1):
    words = tuple(f"w{i}" for i in range(length))
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    starts = tuple(int(end) - len(word) for word, end in zip(words, ends, strict=True))
    tags = tuple(f"T{i}" for i in range(length))
    return TaggedExample(" ".join(words), words, starts, tuple(ends.tolist()), tags, "a.conll", line)


def text(length, line=1):
    example = tagged(length, line)
    return TextExample(example.text, example.tokens, example.starts, example.ends, ("good",), "a.csv", line)


@quick
@given(st.integers(0, 40), st.integers(1, 12))
def test_windows_hold_every_token_once_with_its_tag_and_offsets(length, limit):
    example = tagged(length)
    pieces = windows(example, limit)
    assert len(pieces) == max(1, (length + limit - 1) // limit)
    sizes = [len(piece.tokens) for piece in pieces]
    assert max(sizes) <= limit
    assert max(sizes) - min(sizes) <= 1
    joined = [sum((getattr(piece, name) for piece in pieces), ()) for name in ("tokens", "tags", "starts", "ends")]
    assert joined == [example.tokens, example.tags, example.starts, example.ends]
    for piece in pieces:
        assert tuple(piece.text[a:b] for a, b in zip(piece.starts, piece.ends, strict=True)) == piece.tokens
        assert (piece.source, piece.line) == (example.source, example.line)


@quick
@given(st.integers(0, 40), st.integers(1, 12))
def test_head_and_tail_are_the_outer_tokens(length, limit):
    example = tagged(length)
    piece = head_tail(example, limit)
    kept = [i for i in range(length) if length <= limit or i < limit - limit // 2 or i >= length - limit // 2]
    assert piece.tokens == tuple(f"w{i}" for i in kept)
    assert piece.tags == tuple(f"T{i}" for i in kept)
    assert tuple(piece.text[a:b] for a, b in zip(piece.starts, piece.ends, strict=True)) == piece.tokens


def test_what_is_not_per_token_is_left_alone():
    assert [piece.labels for piece in windows(text(5), 2)] == [("good",)] * 3
    without_gold = replace(tagged(5), tags=())
    assert [piece.tags for piece in windows(without_gold, 2)] == [()] * 3
    assert head_tail(without_gold, 3).tags == ()


def read(examples, receipt):
    for example in examples:
        receipt.count("used", lines=3)
        yield example


@pytest.mark.parametrize(("over_limit", "sizes"), [("windows", [2, 2, 3, 1]), ("head-tail", [2, 3, 1])])
def test_cut_examples_are_counted_by_their_lines(over_limit, sizes):
    receipt = Receipt("a.csv")
    examples = limited(read([text(2), text(5), text(1)], receipt), 3, over_limit, receipt)
    assert [len(example.tokens) for example in examples] == sizes
    receipt.close()
    assert receipt.counts == {"used": 6, {"windows": "windowed"}.get(over_limit, over_limit): 3}


def test_too_long_is_an_error_that_names_both_ways_out_and_the_longest():
    receipt = Receipt("a.conll")
    kept = list(limited(read([tagged(3), tagged(9, line=5), tagged(7, line=15)], receipt), 3, "error", receipt))
    assert kept == [tagged(3)]
    with pytest.raises(ProblemsError) as raised:
        receipt.close()
    first, second = str(raised.value).splitlines()
    assert first == (
        "a.conll:5: the example has 9 tokens, the limit is 3. How to mend: set data.over_limit to windows or "
        "head-tail, or data.limit to 9 (the longest so far) or more; for a trained run, part the text. [E-LIMIT-01]"
    )
    assert second.startswith("a.conll:15: the example has 7 tokens")
    assert "data.limit to 9" in second


@quick
@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 4), st.booleans())
def test_windows_know_the_example_they_were_cut_from(lengths, limit, one_line):
    examples = [tagged(length, line=1 if one_line else row) for row, length in enumerate(lengths)]
    pieces = [windows(example, limit) for example in examples]
    corpus = Corpus.of(TaggedExample, [piece for cut in pieces for piece in cut])
    expected = [row for row, cut in enumerate(pieces) for _ in cut]
    assert parents(corpus).tolist() == expected


def test_a_later_line_that_begins_further_right_is_an_example_of_its_own():
    first, indented = tagged(1), TaggedExample("       b", ("b",), (7,), (8,), ("T0",), "a.conll", 2)
    assert parents(Corpus.of(TaggedExample, [first, indented])).tolist() == [0, 1]


@pytest.mark.parametrize(("source", "target", "sound"), [(3, 3, True), (4, 1, False), (1, 4, False)])
def test_the_longer_side_of_a_pair_counts(source, target, sound):
    words = [("w",) * length for length in (source, target)]
    pair = TranslationExample("x", words[0], (0,) * source, (1,) * source, "y", words[1], source="a", line=7)
    receipt = Receipt("a", "skip")
    receipt.count("used", 2)
    assert list(limited([pair], 3, "error", receipt)) == [pair] * sound
    assert (receipt.counts["used"], receipt.counts["refused"]) == (2 * sound, 2 * (not sound))
    assert [problem.code for problem in receipt.problems] == ["E-LIMIT-01"] * (not sound)
