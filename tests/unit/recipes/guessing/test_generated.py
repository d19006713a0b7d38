"""Laboratory data as files, at the size that is asked for."""

from __future__ import annotations

import pytest

from seqweave.recipes.guessing.defaults import LABORATORY_SIZES
from seqweave.recipes.guessing.generated import generate


@pytest.mark.parametrize(("size", "train"), [(None, LABORATORY_SIZES["train"]), (30, 30)])
def test_training_data_are_as_large_as_asked_for(size, train, tmp_path) -> None:
    lines = {path.stem: path.read_text().splitlines() for path in generate("classification", "en", tmp_path, size)}
    expected = LABORATORY_SIZES | {"train": train}
    assert {part: len(rows) - 1 for part, rows in lines.items()} == expected  # a line is the header
