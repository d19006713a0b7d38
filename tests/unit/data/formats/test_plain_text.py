"""Lines, paragraphs and WikiText: what is a document, and where each line of the file is accounted for."""

from __future__ import annotations

import pytest

from seqweave.data.formats.contract import FORMATS
from seqweave.data.formats.detection import sniff_plain
from seqweave.data.receipt import Receipt

WIKITEXT = " \n = First = \n \n a b \n \n = = Part = = \n c = 1 \n \n = Second = \n \n d\n"


def read(kind, text, path):
    path.write_text(text, "utf-8")
    receipt = Receipt(path.name)
    rows = list(FORMATS[kind]().read(path, "auto", receipt))
    receipt.close()
    assert receipt.lines == len(text.splitlines())
    return [(row.line, row.fields["text"]) for row in rows], dict(receipt.counts)


def test_each_line_is_a_document(tmp_path):
    found, counts = read("lines", " a b \n\nc\n", tmp_path / "a.txt")
    assert found == [(1, " a b "), (3, "c")]
    assert counts == {"used": 2, "blank": 1}


def test_blank_lines_part_documents(tmp_path):
    found, counts = read("paragraphs", "a\n b\n\n\nc\n", tmp_path / "a.txt")
    assert found == [(1, "a b"), (5, "c")]
    assert counts == {"used": 3, "blank": 2}


def test_articles_begin_at_their_headings_and_keep_all_lines(tmp_path):
    found, counts = read("wikitext", WIKITEXT, tmp_path / "a.txt")
    first = "\n= First =\n\na b\n\n= = Part = =\nc = 1\n"
    assert found == [(1, first), (9, "= Second =\n\nd")]
    assert counts == {"used": 11}
    lines = sum(text.count("\n") + 1 for _, text in found)
    assert lines == len(WIKITEXT.splitlines()), "each line of the file ends once"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.txt", "a , b , c\nd , e , f\n", "lines"),
        ("a.jsonl", '{"text": "a"}\n', "jsonl"),
        ("wiki.train.tokens", WIKITEXT, "wikitext"),
        ("train.txt", WIKITEXT, "wikitext"),
        ("a.csv", "text,label\na,b\n", "csv"),
    ],
)
def test_plain_text_is_told_from_tables_by_name_and_from_wikitext_by_its_headings(tmp_path, name, text, kind):
    (tmp_path / name).write_text(text)
    assert sniff_plain(tmp_path / name) == kind


def test_a_line_of_equal_signs_within_a_section_begins_no_article(tmp_path):
    found, _ = read("wikitext", " \n = A = \n x \n = no title = \n y\n", tmp_path / "a.txt")
    assert len(found) == 1
