import gzip
from pathlib import Path

import pytest

from seqweave.core.errors import DataError, MissingInputError
from seqweave.data.formats.folder import FolderFormat
from seqweave.data.receipt import Receipt


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_sub_folders_are_labels_and_files_are_texts(tmp_path: Path) -> None:
    files = {"pos/10.txt": b"two\r\nlines\n", "pos/1.txt.gz": gzip.compress(b"fine"), "neg/2.txt": "坏".encode()}
    hidden = {"pos/.keep": b"", ".cache/x.txt": b"x", ".DS_Store": b"x", "README": b"x"}
    receipt = Receipt("data")
    rows = list(FolderFormat().read(written(tmp_path, files | hidden), "auto", receipt))
    assert [tuple(row.fields.values()) for row in rows] == [
        ("坏", "neg", "neg/2.txt"),
        ("fine", "pos", "pos/1.txt.gz"),
        ("two\nlines", "pos", "pos/10.txt"),
    ]
    assert {row.line for row in rows} == {1}
    assert receipt.counts == {"used": 3, "hidden": 3, "unlabelled": 1}


def test_a_document_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path) -> None:
    files = {
        "pos/1.txt": b"fine",
        "pos/2.txt": b"",
        "pos/3.txt": b"a\nb\xff",
        "pos/3a.txt": b"a\nb\0c\n",
        "pos/deep/4.txt": b"x",
    }
    receipt = Receipt("data")
    rows = list(FolderFormat().read(written(tmp_path, files), "auto", receipt))
    assert len(rows) == 1
    assert [(str(p.place), p.code) for p in receipt.problems] == [
        ("data/pos/2.txt", "E-TEXT-05"),
        ("data/pos/3.txt:2:2", "E-TEXT-09"),
        ("data/pos/3a.txt:2:2", "E-TEXT-10"),
        ("data/pos/deep", "E-TEXT-02"),
    ]
    assert receipt.counts == {"used": 1, "refused": 4}


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E-FOLDER-02"):
        list(FolderFormat().read(tmp_path, "auto", Receipt("data")))
    with pytest.raises(MissingInputError, match="E-FOLDER-01"):
        list(FolderFormat().read(tmp_path / "none", "auto", Receipt("none")))
