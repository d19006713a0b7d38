"""Run folders: what a killed beginning leaves is no obstacle, what anybody else left is."""

import pytest

from seqweave.core.errors import CommandError
from seqweave.core.nodes import parse
from seqweave.recipes.folder import RunFolder

HALF = ".recipe.yaml.0123abcd.tmp"


def created(path):
    return RunFolder.create(path, parse(b"task: tagging\n", "recipe.yaml"), path.parent)


def test_a_run_killed_before_its_recipe_was_written_can_be_started_again(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / HALF).write_bytes(b"task: tag")
    assert [path.name for path in created(tmp_path / "run").path.iterdir()] == ["recipe.yaml"]


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "recipe.yaml"])
def test_a_folder_that_holds_anything_else_is_not_touched(tmp_path, name):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_bytes(b"mine")
    with pytest.raises(CommandError, match="E-RUN-02"):
        created(tmp_path / "run")
    assert (tmp_path / "run" / name).read_bytes() == b"mine"
