from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.core.errors import DataError, Place
from seqweave.core.json_text import DEPTH_LIMIT, parse_json, read_json

PLACE = Place("a.json")
text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=10,
)


@given(values, st.booleans())
def test_json_is_read(value, ascii_only):
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode(), PLACE) == value


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b'{"a": 1,}', "E-DOCUMENT-01", "a.json:1"),
        (b'{\n"a":\n b}', "E-DOCUMENT-01", "a.json:3"),
        (b"{'a': 1}", "E-DOCUMENT-01", "double quotes"),
        (b'{"a": "x', "E-DOCUMENT-01", "unterminated"),
        (b'{"a": [1, 2', "E-DOCUMENT-01", "cut short"),
        (b"", "E-DOCUMENT-01", "cut short"),
        (b'["caf\xe9"]', "E-DOCUMENT-02", "0xe9"),
        (b'{"a": 1, "b": 2, "a": 3}', "E-DOCUMENT-03", "'a' stands twice"),
        (b"[NaN]", "E-DOCUMENT-04", "NaN"),
        (b"[-Infinity]", "E-DOCUMENT-04", "Infinity"),
        (b"[1e999]", "E-DOCUMENT-04", "1e999"),
        (b"[" + b"9" * 5000 + b"]", "E-DOCUMENT-07", "4300"),
        (b"[" * 100_000 + b"]" * 100_000, "E-DOCUMENT-05", "deep"),
        (b'{"a":' * 100_000, "E-DOCUMENT-05", "deep"),
        (b'["\\ud800"]', "E-DOCUMENT-06", "surrogate"),
        (b'{"\\udc00": 1}', "E-DOCUMENT-06", "surrogate"),
    ],
)
def test_what_later_steps_would_trip_over_is_refused(data, code, words):
    with pytest.raises(DataError, match=code) as caught:
        parse_json(data, PLACE)
    assert words in str(caught.value).replace("Unterminated", "unterminated")
    assert len(str(caught.value)) < 300


def test_brackets_within_texts_are_no_depth():
    value = ["[{" * 100 + '"\\', "]" * 5]
    assert parse_json(json.dumps(value).encode(), PLACE) == value
    deep = b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT
    assert parse_json(deep, PLACE) == json.loads(deep)


def test_a_hostile_text_costs_linear_time():
    data = b"[" * 65 + b'"\\' * 200_000
    began = time.process_time()
    with pytest.raises(DataError):
        parse_json(data, PLACE)
    assert time.process_time() - began < 2  # quadratic time would be minutes


def test_pairs_of_surrogates_and_marks_are_fine(tmp_path):
    assert parse_json(b'\xef\xbb\xbf["\\ud83d\\ude00"]', PLACE) == ["😀"]
    (tmp_path / "a.json").write_bytes(b"\n[nope]")
    with pytest.raises(DataError, match=r"a\.json:2: not JSON"):
        read_json(tmp_path / "a.json")
