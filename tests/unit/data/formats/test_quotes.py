"""Records against Python's csv module, and the account of every line whatever the text."""

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.formats import quotes
from seqweave.data.formats.quotes import Record, records
from seqweave.data.receipt import Receipt

FIELD = st.text(st.sampled_from('ab ,"\n;\t好'), max_size=6)
ROWS = st.lists(st.lists(FIELD, min_size=1, max_size=4), min_size=1, max_size=6)
LINES = st.lists(st.text(st.sampled_from('aab",,  '), max_size=8), max_size=12)


def cut(text: str, receipt: Receipt, delimiter: str = ",") -> list[Record]:
    return list(records(list(enumerate(text.split("\n"), 1)), delimiter, "csv", receipt))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("style", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]], delimiter: str, style: int) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=style, lineterminator="\n").writerows(rows)
    written = out.getvalue().removesuffix("\n")
    receipt = Receipt("a.csv")
    # The first field decides whether a lone line is the header of another dialect, which is no matter here.
    receipt.count("header")
    found = cut(written, receipt, delimiter)
    # A blank line is the record of one blank field for the csv module, and no record for us.
    assert [record.fields for record in found] == [row for row in rows if len(row) > 1 or _shows(row[0], style)]
    assert not receipt.problems


def _shows(field: str, style: int) -> bool:
    return style == csv.QUOTE_ALL or field == "" or bool(field.strip(" "))


@settings(max_examples=60, deadline=None)
@given(lines=LINES)
@example(lines=['"', '""', '"', 'a,"b', '"', "c"])
def test_every_line_is_accounted_for_once(lines: list[str]) -> None:
    receipt = Receipt("a.csv")
    receipt.count("header")
    found = cut("\n".join(lines), receipt)
    assert receipt.lines - 1 + sum(record.span for record in found) == len(lines or [""])
    assert all(record.line + record.span <= following.line for record, following in pairwise(found))


@settings(max_examples=60, deadline=None)
@given(lines=LINES)
def test_what_is_accepted_is_what_the_strict_csv_module_accepts(lines: list[str]) -> None:
    receipt = Receipt("a.csv")
    receipt.count("header")
    for line, span, fields in cut("\n".join(lines), receipt):
        text = "\n".join(lines[line - 1 : line - 1 + span])
        assert list(csv.reader(io.StringIO(text), strict=True)) == [fields]


def test_a_quote_that_is_never_closed_costs_one_line() -> None:
    receipt = Receipt("a.csv")
    receipt.count("header")
    found = cut('a,b\nc,"d\ne,f\n"g\nh",i', receipt)
    assert [record.line for record in found] == [1, 3, 4]
    assert [str(problem.place) for problem in receipt.problems] == ["a.csv:2:3"]


def test_a_second_field_that_is_never_closed_costs_the_lines_up_to_it() -> None:
    receipt = Receipt("a.csv")
    receipt.count("header")
    found = cut('"a\nb","c\nd', receipt)
    assert [record.line for record in found] == [3]
    assert [str(problem.place) for problem in receipt.problems] == ["a.csv:2:4"]
    assert receipt.counts["refused"] == 2


def test_a_line_missing_inside_a_field_breaks_it() -> None:
    receipt = Receipt("a.csv")
    source = [(1, "a,b"), (2, '"c'), (4, 'd",e'), (5, "f,g")]
    found = list(records(source, ",", "csv", receipt))
    assert [record.line for record in found] == [1, 5]
    assert [problem.code for problem in receipt.problems] == ["E-CSV-09", "E-CSV-17"]


def test_a_record_over_the_limit_is_refused_and_reading_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "LINE_LIMIT", 100)
    receipt = Receipt("a.csv")
    found = cut('a\n"b\n' + "c\n" * 200 + "d", receipt)
    assert len(found) == 202
    assert [problem.code for problem in receipt.problems] == ["E-CSV-10"]


def test_quotes_that_follow_another_delimiter_name_it() -> None:
    with pytest.raises(DataError, match="E-CSV-12") as caught:
        cut('"a"|"b"\n"c"|"d"', Receipt("a.csv"))
    assert caught.value.mend == 'data.delimiter: "|"'


def test_without_quoting_quotation_marks_are_text() -> None:
    receipt = Receipt("a.tsv")
    found = list(records([(1, '"a\tb"'), (2, "")], "\t", "none", receipt))
    assert found == [Record(1, 1, ['"a', 'b"'])]
    assert receipt.counts == {"blank": 1}
