from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.formats.fasttext import FastTextFormat
from seqweave.data.receipt import Receipt

WORD = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=4)


def read(path: Path, content: str, prefix: str = "__label__") -> tuple[list[dict[str, object]], Receipt]:
    path.write_text(content, "utf-8", newline="")
    receipt = Receipt(path.name)
    return [dict(row.fields) for row in FastTextFormat(prefix=prefix).read(path, "auto", receipt)], receipt


@pytest.mark.parametrize("prefix", ["__label__", "#"])
@settings(max_examples=60, deadline=None)
@given(labels=st.lists(WORD, min_size=1, max_size=3), words=st.lists(WORD, min_size=1, max_size=5))
def test_labels_and_text_are_parted(
    labels: list[str], words: list[str], prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    line = " ".join([*(prefix + label for label in labels), *words])
    rows, _ = read(tmp_path_factory.getbasetemp() / "a.ft", line, prefix)
    assert rows == [{"labels": tuple(labels), "text": " ".join(words)}]


def test_what_is_wrong_is_refused_and_counted(tmp_path: Path) -> None:
    rows, receipt = read(tmp_path / "a.ft", "__label__a x __label__b\nno label\n__label__ x\n__label__a\n\n")
    assert rows == [{"labels": ("a",), "text": "x __label__b"}]
    assert [problem.code for problem in receipt.problems] == [f"E-FASTTEXT-0{case}" for case in (1, 2, 3)]
    assert receipt.counts == {"used": 1, "refused": 3, "blank": 1}
    assert list(receipt.notices) == ["W-FASTTEXT-01"]


def test_a_file_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E-FASTTEXT-04"):
        read(tmp_path / "a.ft", "\n\n")
