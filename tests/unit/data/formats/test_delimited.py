"""Tables: columns by name, the account of all physical lines, and the options."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from seqweave.core.errors import DataError
from seqweave.data.formats.csv import CSVFormat
from seqweave.data.formats.delimited import DelimitedFormat
from seqweave.data.formats.tsv import TSVFormat
from seqweave.data.receipt import Receipt


def read(config: DelimitedFormat, path: Path, content: str) -> tuple[list[tuple[int, dict[str, object]]], Receipt]:
    path.write_text(content, "utf-8", newline="")
    receipt = Receipt(path.name)
    return [(row.line, dict(row.fields)) for row in config.read(path, "auto", receipt)], receipt


@settings(max_examples=60, deadline=None)
@given(
    content=st.text(st.sampled_from('ab,,"\n\n\r;\0'), max_size=40),
    header=st.sampled_from([None, True, False]),
    config=st.sampled_from([CSVFormat, TSVFormat]),
)
def test_the_account_is_of_all_physical_lines(
    content: str, header: bool | None, config: type[DelimitedFormat], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = "text,label\tx\n" + content
    path = tmp_path_factory.getbasetemp() / "table"
    path.write_text(content, "utf-8", newline="")
    receipt = Receipt("table", on_bad_row="skip")
    rows = []
    with suppress(DataError):  # there may be no record at all
        rows = list(config(header=header).read(path, "auto", receipt))
    assert receipt.lines == content.count("\n") + (not content.endswith("\n"))
    assert bool(rows) == bool(receipt.counts["used"])
    assert receipt.counts["header"] == (header is not False)


def test_lines_are_where_records_begin(tmp_path: Path) -> None:
    rows, receipt = read(CSVFormat(), tmp_path / "a.csv", 'text,label\r\n\r\n"two\r\nlines, ""here""",pos\r\nfine,neg')
    assert rows == [(3, {"text": 'two\nlines, "here"', "label": "pos"}), (5, {"text": "fine", "label": "neg"})]
    assert receipt.counts == {"header": 1, "blank": 1, "used": 3}


def test_a_field_of_tsv_may_begin_with_a_quotation_mark(tmp_path: Path) -> None:
    content = 'label\ttext\npos\t"Alien" is great\nneg\t"Never again\n'
    rows, _ = read(TSVFormat(), tmp_path / "a.tsv", content)
    assert [fields["text"] for _, fields in rows] == ['"Alien" is great', '"Never again']
    quoted, _ = read(TSVFormat(quoting="csv"), tmp_path / "b.tsv", 'label\ttext\npos\t"a\ttab"\n')
    assert [fields["text"] for _, fields in quoted] == ["a\ttab"]


def test_rows_of_empty_fields_are_not_blank(tmp_path: Path) -> None:
    rows, _ = read(TSVFormat(), tmp_path / "a.tsv", "label\ttext\n\t\n")
    assert rows == [(2, {"label": "", "text": ""})]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    rows, receipt = read(CSVFormat(header=False), tmp_path / "a.csv", "1,好\n0,坏\n")
    assert rows == [(1, {"0": "1", "1": "好"}), (2, {"0": "0", "1": "坏"})]
    assert receipt.counts == {"used": 2}


def test_a_header_of_numbers_is_believed_when_said_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E-CSV-03"):
        read(CSVFormat(), tmp_path / "a.csv", "2019,text\n1,fine\n")
    rows, _ = read(CSVFormat(header=True), tmp_path / "a.csv", "2019,text\n1,fine\n")
    assert rows == [(2, {"2019": "1", "text": "fine"})]
    rows, _ = read(CSVFormat(), tmp_path / "a.csv", "0,1\n1,fine\n")
    assert rows == [(2, {"0": "1", "1": "fine"})]


def test_names_that_stand_below_themselves_are_data(tmp_path: Path) -> None:
    content = "a fine day,pos\na bad one,neg\nwhat a film,pos\nno idea,neg\ngood,pos\n"
    with pytest.raises(DataError, match=r"a\.csv:1: .*'pos' stands below itself.*E-CSV-03"):
        read(CSVFormat(), tmp_path / "a.csv", content)
    assert len(read(CSVFormat(header=False), tmp_path / "a.csv", content)[0]) == 5
    assert len(read(CSVFormat(header=True), tmp_path / "a.csv", content)[0]) == 4
    named = "text,label\n" + "a text,pos\n" * 50 + "text,pos\nno label,label\n"
    assert len(read(CSVFormat(), tmp_path / "a.csv", named)[0]) == 52, "now and then a value is a name by chance"


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n"])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(ValidationError):
        CSVFormat(delimiter=delimiter)


def test_reading_is_lazy(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nfine,pos\nbroken\n")
    receipt = Receipt("a.csv")
    rows = CSVFormat().read(path, "auto", receipt)
    next(rows)
    assert receipt.lines == 2
