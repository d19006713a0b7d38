"""CoNLL columns: values against a plain split of the lines, and every malformed file against its message."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from seqweave.core.errors import DataError, Place
from seqweave.data.formats.conll import UNPARTED_TOKENS, ConllFormat
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.schemes import broken_notice, detect

MALFORMED = Path(__file__).parents[3] / "malformed" / "conll"
CHUNKS = "He PRP B-NP\nreckons VBZ B-VP\n\n# # B-NP\n1.8 CD I-NP\n\n"


def read(path: Path, **settings: str) -> tuple[list[Row], Receipt]:
    receipt = Receipt(path.name)
    return list(ConllFormat(**settings).read(path, "auto", receipt)), receipt


def rows_of(tmp_path: Path, text: str, **settings: str) -> tuple[list[Row], Receipt]:
    path = tmp_path / "some.conll"
    path.write_text(text, encoding="utf-8", newline="")
    return read(path, **settings)


def judged(path: Path) -> str:
    """All messages about a file, those about its last column's tags too, and the totals of its receipt."""
    rows, receipt = read(path)
    messages = [*map(str, receipt.problems), *map(str, receipt.notices.values())]
    if not receipt.problems:
        tags = [row.value("-1") for row in rows]

        def locate(row: int, position: int) -> Place:
            return Place(path.name, rows[row].lines[position])

        try:
            notice = broken_notice(tags, detect(tags, locate), locate)
            messages += [str(notice)] if notice else []
        except DataError as error:
            messages.append(str(error))
    totals = ", ".join(f"{what} {count}" for what, count in sorted(receipt.counts.items()))
    return "\n".join([*messages, f"receipt: {totals}", ""])


@pytest.mark.parametrize("path", sorted(MALFORMED.glob("*.conll")), ids=lambda path: path.stem)
def test_a_malformed_file_gets_its_message(path: Path) -> None:
    assert judged(path) == path.with_suffix(".txt").read_text(encoding="utf-8")
    assert sum(read(path)[1].counts.values()) == len(path.read_text(encoding="utf-8").splitlines())


def test_columns_are_the_split_lines(tmp_path: Path) -> None:
    rows, receipt = rows_of(tmp_path, CHUNKS)
    for row, sentence in zip(rows, CHUNKS.strip().split("\n\n"), strict=True):
        cells = [line.split() for line in sentence.split("\n")]
        assert list(row.fields) == ["0", "1", "2"]
        assert [row.fields[str(i)] for i in range(3)] == [tuple(column) for column in zip(*cells, strict=True)]
    assert [(row.line, tuple(row.lines)) for row in rows] == [(1, (1, 2)), (4, (4, 5))]
    assert receipt.counts == {"used": 4, "blank": 2}


def test_a_line_that_begins_with_a_number_sign_is_a_token(tmp_path: Path) -> None:
    assert rows_of(tmp_path, CHUNKS)[0][1].fields["0"] == ("#", "1.8")


def test_tabs_may_hold_spaces_and_wide_spaces_are_no_delimiter(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path, "New York\tB\n\u3000\tO\n\n")
    assert rows[0].fields == {"0": ("New York", "\u3000"), "1": ("B", "O")}
    rows, _ = rows_of(tmp_path, "a\u3000b  O\nc O  \n")
    assert rows[0].fields == {"0": ("a\u3000b", "c"), "1": ("O", "O")}


def test_a_named_delimiter_is_used(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path, "a,x y\nb,z\n", delimiter=",")
    assert rows[0].fields == {"0": ("a", "b"), "1": ("x y", "z")}


def test_ends_of_lines_and_packing_change_nothing(tmp_path: Path) -> None:
    plain = rows_of(tmp_path, CHUNKS)[0]
    assert rows_of(tmp_path, CHUNKS.replace("\n", "\r\n"))[0] == plain
    assert rows_of(tmp_path, CHUNKS.rstrip("\n"))[0] == plain
    assert rows_of(tmp_path, CHUNKS.replace("\n\n", "\n \t\n\n"))[0][0] == plain[0]
    (tmp_path / "some.conll.gz").write_bytes(gzip.compress(CHUNKS.encode()))
    assert read(tmp_path / "some.conll.gz")[0] == plain


def test_documents_part_sentences(tmp_path: Path) -> None:
    rows, receipt = rows_of(tmp_path, "-DOCSTART- -X- O\na X O\n-DOCSTART- -X- O\n\nb X O\n")
    assert [row.fields["0"] for row in rows] == [("a",), ("b",)]
    assert receipt.counts == {"border": 2, "blank": 1, "used": 2}


def test_a_sentence_with_an_unreadable_line_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "some.conll"
    path.write_bytes(b"a\tO\n\xff\tO\nb\tO\n\nc\tO\n")
    receipt = Receipt("some.conll", on_bad_row="skip")
    rows = list(ConllFormat().read(path, "auto", receipt))
    assert [row.fields["0"] for row in rows] == [("c",)]
    assert receipt.counts == {"refused": 3, "blank": 1, "used": 1}


def test_a_short_file_of_one_sentence_is_not_suspect(tmp_path: Path) -> None:
    assert not rows_of(tmp_path, "a O\n" * UNPARTED_TOKENS)[1].notices
    assert "W-CONLL-06" in rows_of(tmp_path, "a O\n" * (UNPARTED_TOKENS + 1))[1].notices


def test_columns_count_from_the_end_too(tmp_path: Path) -> None:
    row = rows_of(tmp_path, CHUNKS)[0][0]
    assert [row.value(f"-{i}") for i in (1, 2, 3)] == [row.fields[name] for name in ("2", "1", "0")]
    for missing in ("3", "-4", "-0", "tag"):
        with pytest.raises(KeyError):
            row.value(missing)


def test_it_knows_its_files() -> None:
    assert ConllFormat.suits("eng.testa", CHUNKS) > 0.5
    assert ConllFormat.suits("train.bmes", "小 B-PER\n明 E-PER\n") > 0.9
    assert ConllFormat.suits("train.tsv", "text\tlabel\nA fine day\tgood\n") == 0
    assert ConllFormat.suits("reviews.txt", "A fine day.\n\nIt rained all the time.\n\n") == 0
    assert ConllFormat.suits("empty", "") == 0
