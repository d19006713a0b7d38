from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqweave.core.errors import DataError
from seqweave.data.features.words import WordsConfig
from seqweave.data.vectors import VectorsConfig

from .strings import strings

TOKENS = strings([["The", "the", "42", "17"], ["the", "rare"]])


def test_case_and_digits_merge_before_counting() -> None:
    config = WordsConfig(min_count=2, lowercase=True, digits="zero")
    feature = config.fit(TOKENS)
    assert feature.to_json()["vocabulary"]["words"] == ["the", "00"]
    column = feature.column(strings([["THE", "99", "rare", "4"]]))
    assert column.table.tolist() == [0, 2, 3, 1, 1]


def test_without_merging_forms_are_kept_as_written() -> None:
    assert WordsConfig(min_count=1).fit(TOKENS).to_json()["vocabulary"]["words"] == ["the", "17", "42", "The", "rare"]
    assert WordsConfig(min_count=1, max_size=1).fit(TOKENS).size.count == 3


def test_vectors_are_in_the_size_and_leave_their_shape_in_the_state(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("the 1 2\n")
    config = WordsConfig(vectors=VectorsConfig(path=str(path), dim=2))
    feature = config.fit(TOKENS)
    np.testing.assert_array_equal(feature.size.vectors, [[0, 0], [0, 0], [1, 2]])
    assert [notice.code for notice in feature.notices] == ["W-VECTOR-01"]
    path.unlink()
    assert config.restore(feature.to_json()).size.vectors.shape == (3, 2)


def test_impossible_vector_size_is_refused() -> None:
    state = WordsConfig().fit(TOKENS).to_json()
    with pytest.raises(DataError, match="vectors_dim"):
        WordsConfig().restore(state | {"vectors_dim": 10**12})
