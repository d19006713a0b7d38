"""Exports: what a killed one left goes with the next, and what others left stays."""

import pytest

from seqweave.core.errors import DataError
from seqweave.core.manifest import verify, write_manifest
from seqweave.recipes.archive import WEIGHTS
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


@pytest.mark.parametrize("target", ["out", "out.zip"])
def test_what_is_no_whole_model_is_not_handed_on(make_trained, tmp_path, target):
    save(make_trained("tagging"), tmp_path / "model", "card")
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "state.json").write_text("{}", "utf-8")
    write_manifest(tmp_path / "checkpoint")
    (tmp_path / "model" / WEIGHTS).unlink()
    write_manifest(tmp_path / "model")
    for name, code in (("checkpoint", "E-MODEL-07"), ("model", "E-MANIFEST-04")):
        with pytest.raises(DataError, match=code):
            export(tmp_path / name, tmp_path / target)
    assert not (tmp_path / target).exists()
