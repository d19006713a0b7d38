"""Every malformed pair of files gets the message beside it; every line of both is accounted for."""

from pathlib import Path

import pytest

from seqweave.core.errors import SeqweaveError
from seqweave.data.formats.parallel import ParallelFormat
from seqweave.data.receipt import Receipt

FOLDER = Path(__file__).parent / "parallel"
STEMS = sorted(file.with_suffix("") for file in FOLDER.glob("*.zh"))


def told(stem: Path) -> str:
    """What a user sees of two files: errors, warnings, and the account of their lines."""
    receipt = Receipt(f"parallel/{stem.name}")
    try:
        list(ParallelFormat(source="zh", target="en").read(stem, "auto", receipt))
        receipt.close()
        said = []
    except SeqweaveError as error:
        said = [str(error)]
    said += [str(notice) for notice in receipt.notices.values()]
    return "\n".join([*said, f"lines: {dict(sorted(receipt.counts.items()))}", ""])


@pytest.mark.parametrize("stem", STEMS, ids=lambda stem: stem.name)
def test_message_is_the_expected_one(stem: Path) -> None:
    assert told(stem) == stem.with_suffix(".expected.txt").read_text("utf-8")


def test_every_expectation_has_its_files() -> None:
    expected = {stem.with_suffix(".expected.txt") for stem in STEMS}
    assert expected == set(FOLDER.glob("*.expected.txt"))
    assert {stem.with_suffix(".en") for stem in STEMS} == set(FOLDER.glob("*.en"))
