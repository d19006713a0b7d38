"""A run goes on with what it was begun with; anything else is refused with the difference."""

import pytest

from seqweave.core.errors import ProblemsError
from seqweave.core.nodes import parse
from seqweave.recipes.account import keep, require_same_recipe
from seqweave.recipes.folder import RunFolder

RECIPE = """task: tagging
data: {train: [a/one.conll, a/two.conll], dev: a/dev.conll}
model:
  embed: [{kind: words, dim: 8}]
training: {epochs: 3}
"""
RECEIPT = {"digests": {"one.conll": "1" * 64, "two.conll": "2" * 64}}


@pytest.fixture
def run(tmp_path):
    made = RunFolder.create(tmp_path / "run", parse(RECIPE, "recipe.yaml"), tmp_path)
    keep(made, RECEIPT)
    return made


def edit(run, old, new):
    text = run.recipe.read_text("utf-8")
    assert old in text
    run.recipe.write_text(text.replace(old, new), "utf-8")


def differences(call, *arguments):
    """Place, message and code of each problem."""
    with pytest.raises(ProblemsError) as caught:
        call(*arguments)
    return [(str(problem.place), problem.what, problem.code) for problem in caught.value.problems]


def test_the_same_recipe_and_data_go_on(run):
    keep(run, RECEIPT)
    require_same_recipe(run, ["training.epochs=3"])


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("epochs: 3", "epochs: 4", "training.epochs has changed since the run began (3 -> 4)"),
        ("epochs: 3", "epochs: '3'", 'training.epochs has changed since the run began (3 -> "3")'),
        ("epochs: 3", "epochs: 3, seed: 2", "training.seed has changed since the run began (not set -> 2)"),
        ("dim: 8", "dim: 9", "model.embed.0.dim has changed since the run began (8 -> 9)"),
        ("dim: 8", "scale: 0.1", "model.embed.0.dim has changed since the run began (8 -> not set)"),
        ("dev.conll", "other.conll", "data.dev has changed since the run began (dev.conll -> other.conll)"),
    ],
)
def test_a_recipe_edited_by_hand_is_refused_with_key_and_values(run, old, new, seen):
    edit(run, old, new)
    place, what, code = differences(require_same_recipe, run)[0]
    assert (what, code) == (seen, "E-RUN-06")
    assert place.startswith(f"{run.recipe}:")


def test_all_differences_are_shown_at_once_and_one_of_an_override_names_it(run):
    edit(run, "dim: 8", "dim: 9")
    found = differences(require_same_recipe, run, ["training.epochs=5"])
    assert [what.split()[0] for _, what, _ in found] == ["model.embed.0.dim", "training.epochs"]
    assert found[1][0] == "-o training.epochs"


def test_two_training_files_that_change_places_are_another_order(run):
    edit(run, "one.conll", "three.conll")
    edit(run, "two.conll", "one.conll")
    edit(run, "three.conll", "two.conll")
    assert len(differences(require_same_recipe, run)) == 2


def test_folders_comments_and_the_cache_may_change(run):
    for name in ("one", "two", "dev"):
        edit(run, f"../a/{name}.conll", f"/elsewhere/{name}.conll")
    edit(run, "training:", "# three epochs\ntraining:")
    edit(run, "data:", "data:\n  cache: off")
    require_same_recipe(run)


def test_a_run_without_a_receipt_has_only_its_own_recipe_to_keep(tmp_path):
    made = RunFolder.create(tmp_path / "run", parse(RECIPE, "recipe.yaml"), tmp_path)
    edit(made, "epochs: 3", "epochs: 4")
    require_same_recipe(made)
    assert len(differences(require_same_recipe, made, ["training.epochs=5"])) == 1


def test_changed_data_is_refused_with_old_and_new_digest_of_every_file(run):
    other = {"digests": {"one.conll": "3" * 64, "new.conll": "4" * 64}}
    seen = "this file or folder has changed since the run began (sha256 {}.. -> {}..)"
    assert differences(keep, run, other) == [
        ("one.conll", seen.format("1" * 8, "3" * 8), "E-RUN-05"),
        ("two.conll", seen.format("2" * 8, "none"), "E-RUN-05"),
        ("new.conll", seen.format("none", "4" * 8), "E-RUN-05"),
    ]
    assert run.read("receipt.json")["digests"] == RECEIPT["digests"]
