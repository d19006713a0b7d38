"""Column formats read back what a plain writer writes; JSON lines, CSV, fastText and trees have theirs beside them."""

from __future__ import annotations

from pathlib import Path

import conllu
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.data.formats.conll import ConllFormat
from seqweave.data.formats.conllu import ConlluFormat
from seqweave.data.formats.delimited import DelimitedFormat
from seqweave.data.formats.tsv import TSVFormat
from seqweave.data.receipt import Receipt

# Whatever Unicode holds but what ends a line or a column, and the surrogates, which no file can hold.
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\t\r\n"), min_size=1, max_size=6).filter(
    lambda cell: cell == cell.strip() and cell not in ("_", "\ufeff")
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])


def read(
    reader: ConllFormat | ConlluFormat | DelimitedFormat, text: str, encoding: str, folder: Path
) -> list[dict[str, object]]:
    path = folder / "round.txt"
    path.write_bytes(text.encode(encoding))
    receipt = Receipt(path.name)
    rows = [dict(row.fields) for row in reader.read(path, "auto", receipt)]
    receipt.close()
    assert receipt.lines == text.count("\n")
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round")


@given(
    sentences=st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(st.tuples(*[CELL] * width), min_size=1, max_size=4), min_size=1, max_size=4)
    ),
    encoding=ENCODINGS,
)
def test_conll(sentences: list[list[tuple[str, ...]]], encoding: str, folder: Path) -> None:
    # One column of files is no CoNLL, and document marks are no sentences.
    sentences = [[("x", *row) for row in sentence] for sentence in sentences]
    text = "".join("".join("\t".join(row) + "\n" for row in sentence) + "\n" for sentence in sentences)
    columns = [[tuple(column) for column in zip(*sentence, strict=True)] for sentence in sentences]
    assert [list(row.values()) for row in read(ConllFormat(delimiter="\t"), text, encoding, folder)] == columns


@given(
    forms=st.lists(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4), min_size=1, max_size=4), encoding=ENCODINGS
)
def test_conllu(forms: list[list[tuple[str, str]]], encoding: str, folder: Path) -> None:
    """Written, and read by the `conllu` package, too."""
    text = ""
    for sentence in forms:
        for number, (form, lemma) in enumerate(sentence, 1):
            text += f"{number}\t{form}\t{lemma}\tX\t_\t_\t{number - 1}\t{'dep' if number > 1 else 'root'}\t_\t_\n"
        text += "\n"
    rows = read(ConlluFormat(), text, encoding, folder)
    assert [list(zip(row["form"], row["lemma"], strict=True)) for row in rows] == forms
    theirs = [[(token["form"], token["lemma"]) for token in sentence] for sentence in conllu.parse(text)]
    assert theirs == forms


@given(
    rows=st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1)),
    encoding=ENCODINGS,
)
def test_tsv(rows: list[list[str]], encoding: str, folder: Path) -> None:
    names = [f"column {number}" for number in range(len(rows[0]))]
    text = "".join("\t".join(row) + "\n" for row in [names, *rows])
    assert [list(row.values()) for row in read(TSVFormat(), text, encoding, folder)] == rows
