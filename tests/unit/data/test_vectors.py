from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from seqweave.core.errors import DataError, MissingInputError
from seqweave.data.vectors import Vectors, VectorsConfig, read_vectors
from seqweave.data.vocabulary import Vocabulary

VOCABULARY = Vocabulary.of(["the", "我", "a b", "none"], np.array([4, 3, 2, 1]))
LINES = "the 1 2.5 -3e-1\n我 4 5 6\na b 7 8 9\nother x y z\n"


def read(path: Path, text: str | bytes, dim: int = 3) -> Vectors:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_vectors(VectorsConfig(path=str(path), dim=dim), VOCABULARY)


@pytest.mark.parametrize("text", [LINES, "4 3\n" + LINES, "\ufeff" + LINES, LINES.replace("\n", " \r\n"), LINES + "\n"])
def test_rows_of_the_vocabulary(tmp_path: Path, text: str) -> None:
    """Rows are those that NumPy reads from the numbers; a foreign word's numbers are not even read."""
    expected = np.vstack(
        [np.zeros((2, 3)), np.fromstring("1 2.5 -0.3 4 5 6 7 8 9", sep=" ").reshape(3, 3), np.zeros(3)]
    )
    vectors = read(tmp_path / "v.txt", text)
    np.testing.assert_array_equal(vectors.matrix, expected.astype(np.float32))
    assert vectors.found == 3


def test_gzip_gives_the_same(tmp_path: Path) -> None:
    plain, packed = read(tmp_path / "v.txt", LINES), read(tmp_path / "v.txt.gz", gzip.compress(LINES.encode()))
    np.testing.assert_array_equal(plain.matrix, packed.matrix)


def test_coverage_is_told(tmp_path: Path) -> None:
    notice = read(tmp_path / "v.txt", LINES).notices[-1]
    assert str(notice).endswith("3 of 4 words of the vocabulary (75.0 %) have a pretrained vector [W-VECTOR-01]")


def test_first_of_equal_words_wins_with_a_notice(tmp_path: Path) -> None:
    vectors = read(tmp_path / "v.txt", LINES + "我 0 0 0\nthe 0 0 0\n")
    np.testing.assert_array_equal(vectors.matrix, read(tmp_path / "w.txt", LINES).matrix)
    notice = next(notice for notice in vectors.notices if notice.code == "W-VECTOR-02")
    assert (notice.count, notice.place.line) == (2, 5)
    assert "'我'" in notice.what


def test_bytes_of_foreign_words_need_not_be_text(tmp_path: Path) -> None:
    assert read(tmp_path / "v.txt", b"\xff\xfe\xfa 1 2 3\n" + LINES.encode()).found == 3


def test_header_like_line_of_one_dimension_is_a_vector(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("7 1\nthe 2\n")
    vectors = read_vectors(VectorsConfig(path=str(path), dim=1), Vocabulary.of(["7", "the"], np.array([2, 1])))
    np.testing.assert_array_equal(vectors.matrix[:, 0], [0, 0, 1, 2])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("the 1 2\n", r"v\.txt:1: 3 numbers after the word are asked for.* 2 were found.*dim: 2.*E-VECTOR-01"),
        ("9 2\nthe 1 2\n", r"v\.txt:1: 3 numbers.* 2 were found.*E-VECTOR-01"),
        ("the 1 2 3\nother 1 2\n", r"v\.txt:2: 3 numbers.*E-VECTOR-01"),
        ("the\t1\t2\t3\n", r"v\.txt:1: .*parted by single spaces.* 0 were found.*E-VECTOR-01"),
        ("x 1 2 3\nthe 1 nan 3\n", r"v\.txt:2: .*not finite.*E-VECTOR-03"),
        ("the 1 1e39 3\n", r"v\.txt:1: .*not finite.*E-VECTOR-03"),
        ("the 1 two 3\n", r"v\.txt:1: .*no number.*two.*E-VECTOR-02"),
        ("", "empty"),
    ],
)
def test_malformed_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path / "v.txt", text)


def test_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"no\.txt"):
        read_vectors(VectorsConfig(path=str(tmp_path / "no.txt"), dim=3), VOCABULARY)
