"""The laws of a feature, over everything registered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from seqweave.core.errors import DataError
from seqweave.data.corpus import Ragged, Strings
from seqweave.data.features.contract import (
    FEATURES,
    BagColumn,
    Feature,
    FeatureConfig,
    FormColumn,
    PositionColumn,
)

from .faults_features import FAULTS, FaultyConfig

Rows = Sequence[Sequence[str]]

TRAINING: Rows = [
    ["zebras", "chase", "the", "old", "man", "."],
    ["the", "old", "man", "the", "boats", "."],
    [],
    ["我", "们", "都", "是", "我", "们"],
    ["The", "zebras", "ran", "42", "miles", "in", "1999", "."],
    ["the"],
]
NEW: Rows = [
    ["the", "unheard-of", "☃", "old", "man", "." * 90],
    ["", "我", "们", "e\u0301", "the old"],
    [],
    ["the", "old", "man", "the", "boats"],
]


def strings(rows: Rows) -> Strings:
    """The column of these rows; forms stand in the table as they come."""
    places: dict[str, int] = {}
    ids = [places.setdefault(token, len(places) + 1) for row in rows for token in row]
    return Strings(["", *places], Ragged(np.array(ids, np.int32), np.cumsum([0, *map(len, rows)])))


def values(feature: Feature, tokens: Strings) -> list[np.ndarray]:
    """The ids of a column token by token (row by row for a bag), whatever the order of its table."""
    column = feature.column(tokens)
    match column:
        case FormColumn(table):
            return [table[ids] for ids in tokens.ids.values]
        case PositionColumn(values):
            return list(values)
        case BagColumn(ids):
            return [ids[row] for row in range(len(ids))]


def same(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def ids_fit_the_size(config: FeatureConfig) -> None:
    """Shapes are those of the contract, ids are below the count, padding is 0 and nothing else is."""
    feature = config.fit(strings(TRAINING))
    assert feature.size.counts.shape in ((0,), (feature.size.count,))
    assert feature.size.vectors.shape[0] in (0, feature.size.count)
    for rows in (TRAINING, NEW, [], [[]]):
        tokens = strings(rows)
        column = feature.column(tokens)
        if isinstance(column, FormColumn):
            assert len(column.table) == len(tokens.table)
            assert not column.table[0].any()
            assert np.atleast_2d(column.table.T).T[1:].any(axis=1).all()
        elif isinstance(column, PositionColumn):
            assert len(column.values) == len(tokens.ids.values)
            assert np.atleast_2d(column.values.T).all()
        else:
            assert len(column.ids) == len(rows)
            assert all((np.diff(ids) > 0).all() for ids in values(feature, tokens))
            assert (column.ids.values > 1).all()
        for ids in values(feature, tokens):
            assert np.issubdtype(ids.dtype, np.integer)
            assert (ids >= 0).all()
            assert (ids < feature.size.count).all()


def state_round_trip(config: FeatureConfig) -> None:
    """What was saved gives the same ids for new tokens, and the same sizes."""
    saved = config.fit(strings(TRAINING))
    state = json.loads(json.dumps(saved.to_json()))
    restored = config.restore(state)
    for rows in (TRAINING, NEW, []):
        assert same(values(restored, strings(rows)), values(saved, strings(rows)))
    assert restored.size.count == saved.size.count
    assert np.array_equal(restored.size.counts, saved.size.counts)
    assert restored.to_json() == saved.to_json()


def order_does_not_matter(config: FeatureConfig) -> None:
    """The order of the training examples changes nothing."""
    assert config.fit(strings(TRAINING[::-1])).to_json() == config.fit(strings(TRAINING)).to_json()


def rows_not_given_do_not_count(config: FeatureConfig) -> None:
    """A view that leaves rows out at either end is fitted as if they were not there."""
    whole = strings(TRAINING)
    view = Strings(whole.table, Ragged(whole.ids.values, whole.ids.offsets[1:-2]))
    alone = config.fit(strings(TRAINING[1:-2]))
    fitted = config.fit(view)
    assert fitted.size.count == alone.size.count
    assert same(values(fitted, strings(NEW)), values(alone, strings(NEW)))


def malformed_states_are_refused(config: FeatureConfig) -> None:
    """Every value of the state, replaced by one of another type or left out, is a DataError."""
    state = config.fit(strings(TRAINING)).to_json()
    for key in state:
        for broken in ({k: v for k, v in state.items() if k != key}, state | {key: "x"}, state | {key: [None]}):
            with pytest.raises(DataError):
                config.restore(broken)


LAWS = (
    ids_fit_the_size,
    state_round_trip,
    order_does_not_matter,
    rows_not_given_do_not_count,
    malformed_states_are_refused,
)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", FEATURES.kinds())
def test_law(kind: str, law: Callable[[FeatureConfig], None]) -> None:
    law(FEATURES[kind]())


@pytest.mark.parametrize("kind", FEATURES.kinds())
def test_fit_on_nothing(kind: str) -> None:
    feature = FEATURES[kind]().fit(strings([]))
    assert all((ids <= 1).all() for ids in values(feature, strings(NEW)))


@pytest.mark.parametrize("law", LAWS)
def test_sound_feature_keeps_the_law(law: Callable[[FeatureConfig], None]) -> None:
    law(FaultyConfig())


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault: str) -> None:
    assert not all(_kept(law, FaultyConfig(fault=fault)) for law in LAWS)


def _kept(law: Callable[[FeatureConfig], None], config: FeatureConfig) -> bool:
    try:
        law(config)
    except (AssertionError, KeyError, pytest.fail.Exception):
        return False
    return True
