import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from seqweave.core.errors import DataError
from seqweave.data.configuration import SplitConfig
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample, TranslationExample
from seqweave.data.splits import components, fingerprints, normalised, overlap, overlaps, split

quick = settings(max_examples=60, deadline=None)
WAYS = ("line", "tail", "component")


def corpus_of(texts):
    return Corpus.of(TextExample, [TextExample(text, tuple(text.split()), (), ()) for text in texts])


def pairs_of(pairs):
    examples = [
        TranslationExample(text, tuple(text.split()), (), (), target, tuple(target.split())) for text, target in pairs
    ]
    return Corpus.of(TranslationExample, examples)


def as_lists(parts):
    return {name: rows.tolist() for name, rows in parts.items()}


@quick
@given(st.lists(st.sampled_from("abcdefghijkl"), min_size=8, max_size=40), st.sampled_from(WAYS), st.integers(0, 9))
def test_every_row_is_in_one_part_and_no_text_in_two(texts, way, seed):
    spelled = [f" {text.upper()} x" if row % 2 else f"{text}\tX" for row, text in enumerate(texts)]
    corpus = corpus_of(spelled)
    try:
        parts = split(corpus, SplitConfig(dev=0.2, test=0.2, by=way), seed)
    except DataError:
        return
    assert list(parts) == ["train", "dev", "test"]
    assert sorted(row for rows in parts.values() for row in rows.tolist()) == list(range(len(texts)))
    assert all((np.diff(rows) > 0).all() for rows in parts.values())
    sides = [{texts[row] for row in rows} for rows in parts.values()]
    assert sum(map(len, sides)) == len(set().union(*sides))
    largest = max(texts.count(text) for text in texts)
    assert all(abs(len(parts[name]) - 0.2 * len(texts)) <= largest for name in ("dev", "test"))


@pytest.mark.parametrize("way", WAYS)
def test_distinct_texts_give_exact_shares(way):
    parts = split(corpus_of([f"text {i}" for i in range(1000)]), SplitConfig(dev=0.1, test=0.25, by=way), seed=1)
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 650, "dev": 100, "test": 250}


def test_a_split_is_decided_by_its_seed():
    corpus = corpus_of([f"text {i}" for i in range(100)])
    one = as_lists(split(corpus, SplitConfig(), seed=1))
    assert as_lists(split(corpus, SplitConfig(), seed=1)) == one
    assert as_lists(split(corpus, SplitConfig(), seed=2)) != one
    assert as_lists(split(corpus, SplitConfig(seed=1), seed=2)) == one


def test_a_part_without_share_is_left_out():
    assert list(split(corpus_of("abcdefgh"), SplitConfig(dev=0.5, test=0), 1)) == ["train", "dev"]
    assert list(split(corpus_of("abcdefgh"), SplitConfig(dev=0, test=0.5), 1)) == ["train", "test"]


def test_the_tail_is_the_last_lines_but_for_texts_that_stand_before_it():
    texts = [*"abcdefgh", "A", "j", "k", "l"]
    parts = as_lists(split(corpus_of(texts), SplitConfig(dev=0.25, test=1 / 12, by="tail"), 1))
    assert parts == {"train": [0, 1, 2, 3, 4, 5, 6, 8], "dev": [7, 9, 10], "test": [11]}


def two_sided(pairs):
    return Corpus.of(TextExample, [TextExample(left, (), (), (), (), right) for left, right in pairs])


def test_a_component_holds_whatever_shares_a_side_and_is_the_usual_way_of_pairs():
    pairs = [("a", "1"), ("a", "2"), ("B", "2"), ("b ", "3"), *((f"x{i}", f"y{i}") for i in range(36))]
    for seed in range(20):
        parts = split(two_sided(pairs), SplitConfig(dev=0.5, by="component"), seed, ("text", "source"))
        assert len([name for name, rows in parts.items() if set(rows) & {0, 1, 2, 3}]) == 1
        assert as_lists(split(two_sided(pairs), SplitConfig(dev=0.5), seed, ("text", "source"))) == as_lists(parts)


@pytest.mark.parametrize("way", ["line", "tail"])
def test_a_split_that_would_leak_is_refused(way):
    pairs = [(f"a{i}", f"b{i}") for i in range(20)]
    parts = split(two_sided(pairs), SplitConfig(dev=0.5, by=way), 1, ("text", "source"))
    held, kept = (int(parts[name][0]) for name in ("dev", "train"))
    pairs[held] = pairs[held][0], pairs[kept][1].upper()
    told = r"2 of 20 examples would share a side.*data\.split\.by: component\. \[E-SPLIT-02\]"
    with pytest.raises(DataError, match=told):
        split(two_sided(pairs), SplitConfig(dev=0.5, by=way), 1, ("text", "source"))


@quick
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("stuvwxyz")), min_size=4, max_size=9),
    st.sampled_from(["line", "tail", None]),
    st.integers(0, 3),
)
def test_no_side_of_a_pair_stands_in_two_parts(pairs, way, seed):
    try:
        parts = split(two_sided(pairs), SplitConfig(dev=0.3, by=way), seed, ("text", "source"))
    except DataError:
        return
    for side in (0, 1):
        held = {pairs[row][side] for row in parts["dev"]}
        assert held.isdisjoint(pairs[row][side] for row in parts["train"])


@pytest.mark.parametrize(
    ("texts", "told"),
    [(["a"] * 9, "9 examples, 1 of them different, cannot"), (["a"], "1 example cannot"), ([], "0 examples cannot")],
)
def test_fewer_texts_than_parts_are_an_error(texts, told):
    with pytest.raises(DataError, match=rf"{told} be parted into train, dev,.*How to mend: .*\[E-SPLIT-01\]"):
        split(corpus_of(texts), SplitConfig(dev=0.05), 1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("dev", "test"), [(0.1, 0.1), (0.9, 0.05), (0.01, 0.0), (0.0, 0.01)])
@pytest.mark.parametrize("count", [3, 4, 7])
def test_a_small_file_gives_every_part_something(way, dev, test, count):
    parts = split(corpus_of("abcdefg"[:count]), SplitConfig(dev=dev, test=test, by=way), 1)
    assert {"train"} | {name for name, share in (("dev", dev), ("test", test)) if share} == set(parts)
    assert all(len(rows) for rows in parts.values())
    assert sum(map(len, parts.values())) == count


def test_shares_must_leave_something_to_train_on():
    with pytest.raises(ValidationError, match="leave nothing to train on"):
        SplitConfig(dev=0.5, test=0.5)


@quick
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_components_agree_with_merging_sets(pairs):
    merged = []
    for pair in pairs:
        touching = [group for group in merged if group & set(pair)]
        merged = [group for group in merged if not group & set(pair)] + [set(pair).union(*touching)]
    numbers = components(np.array(pairs, np.uint64).reshape(-1, 2)).tolist()
    for number, pair in zip(numbers, pairs, strict=True):
        group = next(group for group in merged if pair[0] in group)
        assert [n == number for n in numbers] == [other[0] in group for other in pairs]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Straße", "STRASSE"), ("ＡＢＣ", "abc"), (" a\u3000b\n", "a b"), ("é", "e\u0301"), ("数据", "数据 ")],
)
def test_normalisation_sees_through_case_width_and_space(one, other):
    assert normalised(one) == normalised(other)


@quick
@given(st.text())
def test_normalisation_is_idempotent(text):
    assert normalised(normalised(text)) == normalised(text)


def test_different_texts_stay_different():
    assert normalised("a b") != normalised("ab")
    assert len(set(fingerprints(f"text {i}" for i in range(5000)).tolist())) == 5000


@quick
@given(st.lists(st.text("ab ", max_size=4), max_size=9), st.lists(st.text("ab ", max_size=4), max_size=9))
def test_overlap_agrees_with_sets_of_token_tuples(train, other):
    known = {tuple(text.split()) for text in train}
    expected = [row for row, text in enumerate(other) if tuple(text.split()) in known]
    assert overlap(corpus_of(train), corpus_of(other)).tolist() == expected


@quick
@given(*[st.lists(st.tuples(st.sampled_from(["a", "b b", "c"]), st.sampled_from(["a", "b", "c c"])), max_size=6)] * 2)
def test_a_pair_overlaps_by_either_of_its_sides(train, other):
    """The source of one pair as the target of another is no overlap."""
    found = overlaps(pairs_of(train), {"itself": pairs_of(train), "other": pairs_of(other)})["other"]
    sources, targets = zip(*train, strict=True) if train else ((), ())
    assert found["source"].tolist() == [row for row, (text, _) in enumerate(other) if text in sources]
    assert found["target"].tolist() == [row for row, (_, text) in enumerate(other) if text in targets]
    wanted = sorted({*found["source"].tolist(), *found["target"].tolist()})
    assert overlap(pairs_of(train), pairs_of(other)).tolist() == wanted
