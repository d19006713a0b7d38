from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.core.errors import ProblemsError
from seqweave.core.nodes import parse
from seqweave.core.overrides import apply, parse_override

RECIPE = "task: tagging\nmodel:\n  embed: [{kind: words, dim: 100}]\n  encoder: {kind: lstm}\nempty:\n"


def applied(*overrides: str):
    return apply(parse(RECIPE, "r.yaml"), overrides)


def test_values_are_set_and_placed():
    document = applied("model.embed.0.dim=50", "training.stop.patience=3", "empty.x=no", "model.encoder={kind: gru}")
    assert document.values == {
        "task": "tagging",
        "model": {"embed": [{"kind": "words", "dim": 50}], "encoder": {"kind": "gru"}},
        "empty": {"x": "no"},
        "training": {"stop": {"patience": 3}},
    }
    assert str(document.place(("model", "embed", 0, "dim"))) == "-o model.embed.0.dim"
    assert str(document.place(("model", "embed", 0, "kind"))) == "r.yaml:3:12"
    assert str(document.place(("model", "encoder", "kind"))) == "-o model.encoder"
    assert str(document.place(("training", "stop", "metric"))) == "-o training.stop.patience"


def test_the_given_document_is_left_alone():
    document = parse(RECIPE, "r.yaml")
    apply(document, ["model.embed.0.dim=50"])
    assert document == parse(RECIPE, "r.yaml")


def test_the_last_one_wins_and_a_list_can_grow():
    document = applied("task=a", "task=b", "model.embed.1={kind: characters}", "model.embed.1.dim=7", "x.1=one")
    assert document.values["task"] == "b"
    assert document.values["model"]["embed"][1] == {"kind": "characters", "dim": 7}
    assert document.values["x"] == {"1": "one"}, "digits are a key where no list is"


def test_equals_signs_may_stand_in_the_value():
    assert parse_override(" a.b =x=y").value == "x=y"
    assert parse_override("a=").value is None


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ProblemsError) as caught:
        applied("task.x=1", "model.embed.5.dim=3", "model.embed.dim=3", "=3", "a", "a..b=1", "x=[", "x=&a 1")
    assert [(problem.code, str(problem.place)) for problem in caught.value.problems] == [
        ("E-RECIPE-16", "-o task.x"),
        ("E-RECIPE-16", "-o model.embed.5.dim"),
        ("E-RECIPE-16", "-o model.embed.dim"),
        ("E-RECIPE-16", "-o"),
        ("E-RECIPE-16", "-o"),
        ("E-RECIPE-16", "-o"),
        ("E-RECIPE-01", "-o x"),
        ("E-RECIPE-05", "-o x"),
    ]
    assert caught.value.exit_code == 78


@given(
    st.lists(st.sampled_from("ab"), min_size=1, max_size=4),
    st.integers(),
    st.lists(st.sampled_from("ab"), min_size=1, max_size=4),
    st.integers(),
)
def test_against_a_slow_second_answer(first_path, first, second_path, second):
    def slow(pairs: list[tuple[list[str], int]]) -> dict[str, object] | None:
        tree: dict[str, object] = {}
        for path, value in pairs:
            for depth in range(1, len(path)):
                if isinstance(find(tree, path[:depth]), int):
                    return None
            tree = put(tree, path, value)
        return tree

    def find(tree: object, path: list[str]) -> object:
        return tree if not path else find(tree.get(path[0], {}), path[1:]) if isinstance(tree, dict) else {}

    def put(tree: object, path: list[str], value: int) -> dict[str, object]:
        here = dict(tree) if isinstance(tree, dict) else {}
        return {**here, path[0]: value if len(path) == 1 else put(here.get(path[0]), path[1:], value)}

    pairs = [(first_path, first), (second_path, second)]
    expected = slow(pairs)
    texts = [f"{'.'.join(path)}={value}" for path, value in pairs if abs(value) < 10**30]
    if len(texts) < 2:
        return
    if expected is None:
        with pytest.raises(ProblemsError):
            apply(parse("{}", "r"), texts)
    else:
        assert apply(parse("{}", "r"), texts).values == expected


def test_neither_torch_nor_pydantic_is_needed():
    # The resolved recipe is written before either is imported.
    program = (
        "import sys, seqweave.core.overrides, seqweave.core.emitter, seqweave.core.files\n"
        "print(sorted({'torch', 'pydantic'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
