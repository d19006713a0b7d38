"""Every malformed pair of files gets the message beside it; every line of both is accounted for."""

from pathlib import Path

import pytest

from seqweave.data.formats.parallel import ParallelFormat

from .accounts import told

FOLDER = Path(__file__).parent / "parallel"
STEMS = sorted(file.with_suffix("") for file in FOLDER.glob("*.zh"))


@pytest.mark.parametrize("stem", STEMS, ids=lambda stem: stem.name)
def test_message_is_the_expected_one(stem: Path) -> None:
    reading = ParallelFormat(source="zh", target="en")
    found = told(f"parallel/{stem.name}", lambda receipt: reading.read(stem, "auto", receipt))
    assert found == stem.with_suffix(".expected.txt").read_text("utf-8")


def test_every_expectation_has_its_files() -> None:
    expected = {stem.with_suffix(".expected.txt") for stem in STEMS}
    assert expected == set(FOLDER.glob("*.expected.txt"))
    assert {stem.with_suffix(".en") for stem in STEMS} == set(FOLDER.glob("*.en"))
