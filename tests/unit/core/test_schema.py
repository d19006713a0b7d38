from __future__ import annotations

from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from seqweave.core.configuration import Choice, Config
from seqweave.core.registry import Registry
from seqweave.core.schema import json_schema

jsonschema = pytest.importorskip("jsonschema", reason="the second opinion on what is valid")
TOYS = Registry("toys", "seqweave.core")


@TOYS.register("leaf")
class LeafConfig(Config):
    """No parts within."""

    size: int = Field(default=3, ge=1, le=99)
    """How large, in leaves."""


@TOYS.register("pair")
class PairConfig(Config):
    """Two parts within, of any kind, this one too."""

    left: Annotated[Config, Choice(TOYS)] = LeafConfig()
    """One of them."""
    right: Annotated[Config, Choice(TOYS)] | None = None
    """The other."""


class BoxConfig(Config):
    """A box."""

    toy: Annotated[Config, Choice(TOYS)]
    """What is in it."""
    names: tuple[str, ...] = ()
    """What it is called."""


SCHEMA = json_schema(BoxConfig)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

mappings = st.recursive(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["leaf", "pair", "lef"])},
        optional={"size": st.sampled_from([1, 0, 100, "3", None, True])},
    ),
    lambda inner: st.fixed_dictionaries(
        {"kind": st.sampled_from(["leaf", "pair"])}, optional={"left": inner | st.none(), "right": inner | st.none()}
    ),
    max_leaves=4,
)


def test_it_is_a_schema_with_the_docstrings():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["toy"]["description"] == "What is in it."
    assert SCHEMA["$defs"]["leaf"]["properties"]["size"]["description"] == "How large, in leaves."
    assert SCHEMA["$defs"]["leaf"]["properties"]["kind"] == {"const": "leaf", "type": "string"}
    assert json_schema(BoxConfig) == SCHEMA


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {}, optional={"toy": mappings, "names": st.sampled_from([[], ["a"], [1], "a"]), "x": st.just(1)}
    )
)
def test_an_editor_and_the_program_agree(values):
    try:
        BoxConfig.model_validate(values)
        valid = True
    except ValidationError:
        valid = False
    assert VALIDATOR.is_valid(values) == valid
