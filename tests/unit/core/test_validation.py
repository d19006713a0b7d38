from __future__ import annotations

from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from seqweave.core.configuration import Choice, Config
from seqweave.core.emitter import to_yaml
from seqweave.core.errors import ProblemsError
from seqweave.core.fields import config_at
from seqweave.core.nodes import parse
from seqweave.core.overrides import apply
from seqweave.core.provenance import provenance
from seqweave.core.registry import Registry
from seqweave.core.validation import validate

TOYS = Registry("toys", "seqweave.core")


class ToyConfig(Config):
    """A family of parts."""


@TOYS.register("leaf")
class LeafConfig(ToyConfig):
    """No parts within."""

    size: int = Field(default=3, ge=1, le=99)
    """How large."""
    rate: float = 0.5
    """How fast."""


@TOYS.register("pair")
class PairConfig(ToyConfig):
    """Two parts within, of any kind, this one too."""

    left: Annotated[ToyConfig, Choice(TOYS)]
    """One of them."""
    right: Annotated[ToyConfig, Choice(TOYS)] | None = None
    """The other."""


class BoxConfig(Config):
    """A box."""

    toys: tuple[Annotated[ToyConfig, Choice(TOYS)], ...] = ()
    """What is in it."""
    named: dict[str, LeafConfig] = Field(default_factory=dict)
    """What is in it by name."""
    colour: Literal["red", "green"] | int = "red"
    """Its colour."""


leaves = st.builds(LeafConfig, size=st.integers(1, 99), rate=st.floats(-1e18, 1e18))
toys = st.recursive(leaves, lambda inner: st.builds(PairConfig, left=inner, right=inner | st.none()), max_leaves=5)
names = st.text("abc.é 1", min_size=1)
boxes = st.builds(
    BoxConfig,
    toys=st.lists(toys, max_size=3),
    named=st.dictionaries(names, leaves, max_size=2),
    colour=st.sampled_from(["red", "green", 7]),
)


@settings(max_examples=40, deadline=None)
@given(boxes)
def test_a_config_goes_through_yaml_and_back(box):
    document = parse(to_yaml(box.dump()), "box.yaml")
    assert validate(BoxConfig, document) == box
    settings = provenance(box, document)
    assert all(setting.origin.startswith("box.yaml:") for setting in settings), "all was written, nothing is a default"


@settings(max_examples=60, deadline=None)
@given(boxes, st.data())
def test_one_planted_fault_is_found_where_it_was_planted(box, data):
    document = parse(to_yaml(box.dump()), "box.yaml")
    leaves = [path for path in document.places if path[-1] in ("size", "rate")]
    if not leaves:
        return
    path = data.draw(st.sampled_from(leaves))
    here = document.values
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = data.draw(st.sampled_from(["12", True, None, [], {}]))
    with pytest.raises(ProblemsError) as caught:
        validate(BoxConfig, document)
    [problem] = caught.value.problems
    assert problem.place == document.places[path]
    assert problem.what.startswith(".".join(map(str, path)) + " is ")
    assert problem.code == "E-RECIPE-12"


def problems(text: str, *overrides: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        validate(BoxConfig, apply(parse(text, "b"), overrides))
    return [str(problem) for problem in caught.value.problems]


def test_every_fault_is_found_at_any_depth():
    text = (
        "toys:\n- {kind: pair, left: {kind: leaf, sise: 1}, right: {kind: lef}}\n- {kind: leaf, size: 100}\n"
        "named: {a b: {sizes: 1}}\ncolour: blue\n"
    )
    told = problems(text, "toys.0.left.rate=fast")

    def place(words: str) -> str:
        before = text[: text.index(words)]
        return f"b:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    faults = ("sise: 1", "kind: lef}", "size: 100", "sizes: 1", "colour")
    assert [line.split(": ")[0] for line in told] == [*map(place, faults), "-o toys.0.left.rate"]
    assert [line[-4:-1] for line in told] == ["-10", "-06", "-13", "-10", "-14", "-12"]
    assert "write 'size' (known: size, rate)" in told[0]
    assert "write 'leaf'" in told[1]
    assert "named.a b" in told[3]


def test_branches_of_a_union_are_one_error():
    assert problems("colour: [1]") == [
        "b:1:1: colour is a list of 1; allowed: 'red' or 'green' or a whole number. "
        "How to mend: write 'red' or 'green' or a whole number. [E-RECIPE-14]"
    ]


def test_a_section_alone():
    document = parse("outer:\n  box: {colour: blu}\n", "b")
    with pytest.raises(ProblemsError, match=r"^b:2:9: outer\.box\.colour is 'blu'"):
        validate(BoxConfig, document, ("outer", "box"))


def test_the_class_that_reads_a_mapping_is_found():
    values = {"toys": [{"kind": "pair", "left": {"kind": "leaf"}}], "named": {"size": {}}}
    assert config_at(BoxConfig, values, ()) is BoxConfig
    assert config_at(BoxConfig, values, ("toys",)) is None
    assert config_at(BoxConfig, values, ("toys", 0)) is PairConfig
    assert config_at(BoxConfig, values, ("toys", 0, "left")) is LeafConfig
    assert config_at(BoxConfig, values, ("named", "size")) is LeafConfig


def test_where_values_came_from():
    document = apply(parse("toys: [{kind: leaf}, {kind: leaf}]\ncolour: 3\n", "b"), ["toys.1.size=9"])
    box = validate(BoxConfig, document)
    assert [(one.key, one.value, one.origin) for one in provenance(box, document)] == [
        ("toys.0.kind", "leaf", "b:1:9"),
        ("toys.0.size", 3, "default"),
        ("toys.0.rate", 0.5, "default"),
        ("toys.1.kind", "leaf", "b:1:23"),
        ("toys.1.size", 9, "-o toys.1.size"),
        ("toys.1.rate", 0.5, "default"),
        ("named", {}, "default"),
        ("colour", 3, "b:2:1"),
    ]


@pytest.mark.parametrize("number", ["1e19", "-1e300", "1000000000000000001", "-99999999999999999999"])
def test_a_number_that_no_machine_works_with_is_refused_where_it_stands(number):
    document = parse(f"named:\n  one:\n    rate: {number}\ntoys:\n- {{kind: leaf, rate: {number}}}\n", "box.yaml")
    with pytest.raises(ProblemsError) as caught:
        validate(BoxConfig, document)
    bound = "at most 1e+18" if not number.startswith("-") else "at least -1e+18"
    told = [(str(problem.place), problem.code, problem.what.partition(" is ")[0]) for problem in caught.value.problems]
    assert told == [("box.yaml:3:5", "E-RECIPE-13", "named.one.rate"), ("box.yaml:5:16", "E-RECIPE-13", "toys.0.rate")]
    assert all(problem.what.endswith(f"allowed: a number of {bound}") for problem in caught.value.problems)


@pytest.mark.parametrize("number", ["1e18", "-1e18", "1000000000000000000"])
def test_the_largest_number_is_lawful(number):
    assert abs(validate(LeafConfig, parse(f"rate: {number}\n", "leaf.yaml")).rate) == 1e18
