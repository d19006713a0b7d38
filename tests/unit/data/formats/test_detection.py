from pathlib import Path

import pytest

from seqweave.core.errors import DataError
from seqweave.data.formats.detection import sniff

TREE = "(3 (2 It) (4 works))\n"
BY_CONTENT = {
    "csv": "text;label\nfine;pos\n",
    "tsv": 'label\ttext\npos\t"fine" film\n',
    "jsonl": '{"text": "fine", "label": "pos"}\n',
    "fasttext": "__label__pos fine film\n",
    "trees": TREE,
}


@pytest.mark.parametrize("kind", BY_CONTENT)
def test_a_format_is_told_from_the_lines(tmp_path: Path, kind: str) -> None:
    (tmp_path / "data.txt").write_text(BY_CONTENT[kind] * 3)
    assert sniff(tmp_path / "data.txt") == kind


@pytest.mark.parametrize(
    ("name", "kind"), [("a.csv", "csv"), ("a.TSV.gz", "tsv"), ("a.jsonl", "jsonl"), ("a.json", "jsonl")]
)
def test_a_format_is_told_from_the_name(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text("[\n1, 2]\n")
    assert sniff(tmp_path / name) == kind


def test_a_folder_is_a_folder(tmp_path: Path) -> None:
    assert sniff(tmp_path) == "folder"


def test_what_is_like_nothing_names_the_choices(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Once upon a time.\nThe end.\n")
    with pytest.raises(DataError, match=r"data\.format: one of conll") as caught:
        sniff(tmp_path / "a.txt")
    assert caught.value.code == "E-FORMAT-01"
