import hashlib
from pathlib import Path

import pytest

from seqweave.core.errors import DataError
from seqweave.data.opening import digest, opened
from seqweave.data.receipt import Receipt


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"%PDF-1.7", b"PAR1", b"SQLite format 3\0", b"7z\xbc\xaf\x27\x1c"])
def test_what_is_not_text_is_refused_by_name(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(magic + b"text")
    with pytest.raises(DataError, match="E-TEXT-07"), opened(tmp_path / "a.csv", Receipt("a.csv")):
        pass


def test_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"some bytes" * 100_000)
    assert digest(tmp_path / "a") == hashlib.sha256(b"some bytes" * 100_000).hexdigest()


def test_digest_of_a_folder_sees_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "pos").mkdir()
    (tmp_path / "pos" / "1.txt").write_text("fine")
    first = digest(tmp_path)
    (tmp_path / "pos" / "1.txt").write_text("fast")
    second = digest(tmp_path)
    (tmp_path / "pos" / "1.txt").rename(tmp_path / "pos" / "2.txt")
    assert len({first, second, digest(tmp_path)}) == 3
