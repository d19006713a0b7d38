from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.emitter import to_yaml
from seqweave.core.nodes import parse

TRICKY = [
    "1e3", "-1", "+.5", "0x1f", "~", "null", "<<", "=", "-", "?", "on", "yes", "1_0", "2020-01-01", "!x", "*a", "&b",
    "%d", "---", "...", "\x85", "\u2028", "\ufeff", "\x7f", "a\tb", " a", "a ", "#", "a #b", "a:", "a: b", ":0",
]  # fmt: skip
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(TRICKY)
keys = text.filter(bool)
leaves = (
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | text | st.floats(allow_nan=False, allow_infinity=False)
)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(keys, trees, max_size=4))
def test_what_is_written_reads_back(values):
    written = to_yaml(values)
    back = parse(written, "r").values
    assert back == values
    assert list(back) == list(values)
    assert to_yaml(back) == written


def test_no_text_turns_into_a_number_or_a_truth():
    words = {"".join(word) for size in range(1, 4) for word in itertools.product("1e.0xo-", repeat=size)}
    words |= {"true", "TRUE", "False", "null", "Null", "~", "1" * 50, "1e999", ".inf", ".NaN", "0x1F", "12:30", *TRICKY}
    values = {word: word for word in sorted(words)}
    assert parse(to_yaml(values), "r").values == values


def test_it_is_readable():
    training = {"learning_rate": 2e-3, "epochs": 30, "stop": {"metric": "accuracy", "patience": 5}}
    values = {"task": "tagging", "model": {"embed": [{"kind": "words", "dim": 100}]}, "training": training}
    assert to_yaml(values) == (
        "task: tagging\n"
        "model:\n"
        "  embed:\n"
        "  - {kind: words, dim: 100}\n"
        "training:\n"
        "  learning_rate: 0.002\n"
        "  epochs: 30\n"
        "  stop: {metric: accuracy, patience: 5}\n"
    )


def test_a_long_section_has_a_line_a_key():
    section = dict.fromkeys("abcde", 1)
    assert to_yaml({"x": section}) == "x:\n" + "".join(f"  {letter}: 1\n" for letter in "abcde")


def test_a_shared_value_is_written_twice():
    shared = {"a": [1]}
    assert "&" not in to_yaml({"one": shared, "two": shared})


def test_chinese_is_written_as_it_is():
    assert to_yaml({"标签": "好 评"}) == "标签: 好 评\n"
