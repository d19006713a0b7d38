from __future__ import annotations

import pytest

from seqweave.core.errors import DataError
from seqweave.data.state import integers, mapping, mappings, strings, whole


def test_values_of_the_right_type_are_given_back() -> None:
    state = {"strings": ["a"], "integers": [1, -2], "mapping": {"a": 1}, "mappings": [{}], "whole": 3}
    assert strings(state, "strings") == ["a"]
    assert integers(state, "integers").tolist() == [1, -2]
    assert mapping(state, "mapping") == {"a": 1}
    assert mappings(state, "mappings") == [{}]
    assert whole(state, "whole", limit=3) == 3


@pytest.mark.parametrize("value", [None, "x", {"x": 1}, [None], [[]], [1.5], [True], True, -1, 4, 1.0])
def test_all_else_is_refused(value) -> None:
    for read in (strings, integers, mappings):
        with pytest.raises(DataError, match=r"'key' is not a list of.*E-STATE-01"):
            read({"key": value}, "key")
    with pytest.raises(DataError, match="whole number from 0 to 3"):
        whole({"key": value}, "key", limit=3)
    with pytest.raises(DataError, match="mapping"):
        mapping({"key": [value]}, "key")
