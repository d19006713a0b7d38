"""What a reproduction will run, and what its result is called."""

from pathlib import Path

import pytest

from seqweave.core.errors import CommandError, MissingInputError
from seqweave.recipes.reproduce import Reproduction
from seqweave.recipes.shipped import FOLDER


def test_a_result_of_another_network_has_another_name_and_its_whole_command():
    encoder = "model.encoder={kind: gru, hidden: 64}"
    plan = Reproduction.of("lab-tagging", Path("DIR"), [encoder], [4, 5], "lab-tagging-gru")
    command = "seqweave reproduce lab-tagging --data DIR --seeds 4,5"
    assert plan.command == f"{command} -o '{encoder}' --name lab-tagging-gru"
    assert Reproduction.of("lab-tagging", Path("DIR"), [], [4, 5]).command == command


@pytest.mark.parametrize(("recipe", "called"), [("sst5", "two-results"), ("lab-tagging", "../elsewhere")])
def test_a_name_that_cannot_be_is_refused(recipe, called):
    with pytest.raises(CommandError, match="How to mend"):
        Reproduction.of(recipe, Path("DIR"), [], [], called)


def test_an_override_of_the_seed_alone_runs_that_seed():
    assert Reproduction.of("sst5", Path("DIR"), ["training.seed=7"], []).seeds == (7,)
    assert Reproduction.of("sst5", Path("DIR"), ["training.seed=7"], [1, 2]).seeds == (1, 2)


def test_a_data_set_without_its_files_is_told(tmp_path):
    (tmp_path / "train.conll").write_text("a\tX\n", "utf-8")
    with pytest.raises(MissingInputError, match=r"dev\.conll"):
        Reproduction.of("lab-tagging", tmp_path, [], []).document()


def test_where_a_run_lies_is_not_told():
    overrides = ["training.epochs=0", "training.start.run=/home/me/runs/lstm/seed-1"]
    command = Reproduction.of("ptb-cache-small", Path("DIR"), overrides, [1]).command
    assert command.endswith("--seeds 1 -o training.epochs=0 -o training.start.run=RUNS/lstm/seed-1")
    relative = Reproduction.of("ptb-cache-small", Path("DIR"), ["training.start.run=runs/lstm"], [1]).command
    assert relative.endswith("-o training.start.run=runs/lstm")


def test_a_run_to_begin_with_is_looked_for_beside_the_data(tmp_path):
    for part in ("train", "valid", "test"):
        (tmp_path / f"ptb.{part}.txt").write_text("a b c\n", "utf-8")
    overrides = ["training.epochs=0", "training.start.run=runs/lstm"]
    values = Reproduction.of("ptb-cache-small", tmp_path, overrides, [1]).document().values
    assert (FOLDER / values["training"]["start"]["run"]).resolve() == (tmp_path / "runs" / "lstm").resolve()
