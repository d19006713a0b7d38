"""What the systems of a comparison are called."""

from pathlib import Path

import pytest

from seqweave.core.errors import DataError
from seqweave.core.manifest import sha256_of
from seqweave.recipes.comparison import _contestants, _unchanged
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.material import _name


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


def test_a_file_is_known_again_by_its_folder_where_another_one_is_called_alike(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.txt").write_text(name, "utf-8")
    files = [tmp_path / name / "data.txt" for name in ("a", "b")]
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.write("receipt.json", {"digests": {_name(file, files): sha256_of(file) for file in files}})
    assert [_unchanged(run, file) for file in files] == [sha256_of(file) for file in files]
    files[1].write_text("c", "utf-8")
    with pytest.raises(DataError, match="E-COMPARE-05"):
        _unchanged(run, files[1])
