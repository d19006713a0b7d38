"""JSON lines against Python's json, and the account of every line."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError, ProblemsError
from seqweave.data.formats.jsonl import DEPTH_LIMIT, DIGITS_LIMIT, JSONLinesFormat
from seqweave.data.receipt import Receipt

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def read(path: Path, content: str) -> list[object]:
    path.write_text(content, "utf-8", newline="")
    receipt = Receipt(path.name)
    rows = [row.fields for row in JSONLinesFormat().read(path, "auto", receipt)]
    receipt.close()
    return rows


@pytest.mark.parametrize("ascii_only", [True, False])
@settings(max_examples=60, deadline=None)
@given(objects=st.lists(st.dictionaries(st.text(), VALUE, max_size=3), min_size=1, max_size=4))
def test_objects_are_read_as_they_were_written(
    objects: list[dict[str, object]], ascii_only: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "a.jsonl"
    content = "\n".join(json.dumps(one, ensure_ascii=ascii_only) for one in objects)
    assert read(path, content) == objects


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.text(st.sampled_from('{}[]",:a1\\u '), max_size=8) | st.just('{"a": 1}'), min_size=1))
def test_every_line_is_accounted_for_and_no_more_is_read_than_json_reads(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, receipt = tmp_path_factory.getbasetemp() / "a.jsonl", Receipt("a.jsonl")
    lines = ['{"a": 0}', *lines, '{"a": 0}']
    path.write_text("\n".join(lines), "utf-8", newline="")
    for row in JSONLinesFormat().read(path, "auto", receipt):
        assert json.loads(lines[row.line - 1]) == row.fields
    assert receipt.lines == len(lines)
    assert receipt.counts["blank"] == sum(not line.strip() for line in lines)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"a": ' * 100_000, "E-JSON-07"),
        ('{"a": %s}' % ("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT), "E-JSON-07"),
        ('{"a": ["\\"", %s]}' % ("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT), "E-JSON-07"),
        ('{"a": %s}' % ("1" * (DIGITS_LIMIT + 1)), "E-JSON-06"),
        ('{"a": -1e400}', "E-JSON-05"),
        ('{"a": {"b": 1, "b": 1}}', "E-JSON-08"),
        (r'{"\udfff": 1}', "E-JSON-09"),
    ],
)
def test_what_json_would_let_pass_or_break_on_is_refused(tmp_path: Path, line: str, code: str) -> None:
    with pytest.raises(ProblemsError, match=code):
        read(tmp_path / "a.jsonl", f'{{"a": 0}}\n{line}\n')


def test_as_deep_as_the_limit_is_read_and_brackets_in_strings_are_not_counted(tmp_path: Path) -> None:
    deep = "[" * (DEPTH_LIMIT - 1) + "]" * (DEPTH_LIMIT - 1)
    line = json.dumps({"a": ['{"[' * DEPTH_LIMIT, '\\"[' * DEPTH_LIMIT], "b": json.loads(deep)})
    assert read(tmp_path / "a.jsonl", line) == [json.loads(line)]


def test_a_pair_of_halves_is_a_character(tmp_path: Path) -> None:
    assert read(tmp_path / "a.jsonl", r'{"a": "\ud83d\ude00 \\ud83d"}') == [{"a": r"😀 \ud83d"}]


def test_only_the_last_line_can_be_a_file_cut_short(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as caught:
        read(tmp_path / "a.jsonl", '{"a": "b\n{"a": 1}\n{"a": "b')
    assert ["cut short" in problem.what for problem in caught.value.problems] == [False, True]


def test_a_document_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E-JSON-01"):
        read(tmp_path / "a.jsonl", "\n[\n" + '{"a": 1},\n' * 5 + "]\n")
