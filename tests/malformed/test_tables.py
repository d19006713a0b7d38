"""Every malformed file whose records stand on lines gets the message beside it; every line of it is accounted for."""

from pathlib import Path

import pytest

from seqweave.data.formats.contract import FORMATS

from .accounts import told

FOLDER = Path(__file__).parent
KINDS = ("csv", "tsv", "jsonl", "fasttext", "trees")
FILES = sorted(file for kind in KINDS for file in (FOLDER / kind).glob(f"*.{kind}"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_message_is_the_expected_one(file: Path) -> None:
    reading = FORMATS[file.suffix[1:]]()
    found = told(file.relative_to(FOLDER).as_posix(), lambda receipt: reading.read(file, "auto", receipt))
    assert found == file.with_suffix(".expected.txt").read_text("utf-8")


def test_every_expectation_has_its_file() -> None:
    expected = {file.with_suffix(".expected.txt") for file in FILES}
    assert expected == {file for kind in KINDS for file in (FOLDER / kind).glob("*.expected.txt")}
