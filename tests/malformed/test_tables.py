"""Every malformed file whose records stand on lines gets the message beside it; every line of it is accounted for."""

from pathlib import Path

import pytest

from seqweave.core.errors import SeqweaveError
from seqweave.data.formats.contract import FORMATS
from seqweave.data.receipt import Receipt

FOLDER = Path(__file__).parent
KINDS = ("csv", "tsv", "jsonl", "fasttext", "trees")
FILES = sorted(file for kind in KINDS for file in (FOLDER / kind).glob(f"*.{kind}"))


def told(file: Path) -> str:
    """What a user sees of a file: its errors, its warnings, and the account of its lines."""
    receipt = Receipt(file.relative_to(FOLDER).as_posix())
    try:
        list(FORMATS[file.suffix[1:]]().read(file, "auto", receipt))
        receipt.close()
        said = []
    except SeqweaveError as error:
        said = [str(error)]
    said += [str(notice) for notice in receipt.notices.values()]
    return "\n".join([*said, f"lines: {dict(sorted(receipt.counts.items()))}", ""])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_message_is_the_expected_one(file: Path) -> None:
    assert told(file) == file.with_suffix(".expected.txt").read_text("utf-8")


def test_every_expectation_has_its_file() -> None:
    expected = {file.with_suffix(".expected.txt") for file in FILES}
    assert expected == {file for kind in KINDS for file in (FOLDER / kind).glob("*.expected.txt")}
