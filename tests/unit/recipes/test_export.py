"""Exports: what a killed one left goes with the next, and what others left stays."""

import pytest

from seqweave.core.manifest import verify
from seqweave.recipes.export import export
from seqweave.recipes.saving import save


@pytest.mark.parametrize("target", ["out", "out.zip"])
def test_what_a_killed_export_left_goes_with_the_next(make_trained, tmp_path, target):
    save(make_trained("tagging"), tmp_path / "model", "card")
    (tmp_path / f".{target}.0123abcd.tmp").write_bytes(b"half")
    (tmp_path / ".other.0123abcd.tmp").write_bytes(b"half of another program's file")
    export(tmp_path / "model", tmp_path / target)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.0123abcd.tmp", "model", target]


def test_an_export_killed_between_its_two_renames_is_as_it_was(make_trained, tmp_path):
    save(make_trained("tagging"), tmp_path / "model", "card")
    export(tmp_path / "model", tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.0123abcd.old")
    export(tmp_path / "model", tmp_path / "out", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "out"]
    assert verify(tmp_path / "out")
