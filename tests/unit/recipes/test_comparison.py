"""What the systems of a comparison are called."""

from pathlib import Path

import pytest

from seqweave.recipes.comparison import _contestants


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["runs/lstm", "runs/gru"], ["lstm", "gru"]),
        (["/r/lstm/seed-1", "/r/gru/seed-1"], ["lstm/seed-1", "gru/seed-1"]),
        (["/a/lstm/seed-1", "/b/lstm/seed-1"], ["a/lstm/seed-1", "b/lstm/seed-1"]),
        (["runs/lstm", "lstm"], ["runs/lstm", "lstm"]),
        (["runs/lstm", "runs/lstm"], ["runs/lstm (1)", "runs/lstm (2)"]),
    ],
)
def test_systems_are_called_by_as_little_as_tells_them_apart(paths, names):
    assert [one.name for one in _contestants([Path(path) for path in paths])] == names
