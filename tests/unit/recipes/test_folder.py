"""Run folders: what a killed beginning leaves is no obstacle, what anybody else left is."""

from pathlib import Path

import pytest

from seqweave.core.errors import CommandError
from seqweave.core.nodes import parse
from seqweave.recipes.folder import RunFolder, located

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


def test_paths_at_any_depth_are_found_from_any_folder(tmp_path):
    text = "data: {train: [a, b], glossary: {path: lists/terms}}\nmodel: {embed: [{vectors: {path: /v, dim: 1}}]}\n"
    written = parse(f"task: t\n{text}".encode(), "recipe.yaml")
    run = RunFolder.create(tmp_path / "runs" / "one", written, tmp_path)
    for found in (located(written, tmp_path), run.located()):
        data, model = found.values["data"], found.values["model"]
        names = [*data["train"], data["glossary"]["path"], model["embed"][0]["vectors"]["path"]]
        assert [Path(name).resolve() for name in names] == [
            tmp_path / "a",
            tmp_path / "b",
            tmp_path / "lists/terms",
            Path("/v"),
        ]
        assert (found.values["task"], model["embed"][0]["vectors"]["dim"]) == ("t", 1)


def test_paths_are_found_where_a_link_leads_to_the_runs(tmp_path):
    (tmp_path / "disk" / "runs").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "runs").symlink_to(tmp_path / "disk" / "runs")
    written = parse(b"task: t\ndata: {train: text}\nmodel: {run: ../lent}\n", "recipe.yaml")
    run = RunFolder.create(tmp_path / "work" / "runs" / "one", written, tmp_path / "work")
    for one in (run, RunFolder(tmp_path / "disk" / "runs" / "one")):
        found = one.located().values
        assert found["data"]["train"] == str(tmp_path / "work" / "text"), "as people read it: without .."
        assert found["model"]["run"] == str(tmp_path / "lent")
