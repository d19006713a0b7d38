from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import ValidationError

from seqweave.core.configuration import Choice, Config
from seqweave.core.registry import Registry, closest, nearest

TOYS = Registry("toys", "seqweave.core")


class ToyConfig(Config):
    """A family."""


class HolderConfig(Config):
    """Holds parts that are registered after it."""

    toys: tuple[Annotated[ToyConfig, Choice(TOYS, ToyConfig)], ...] = ()
    """The parts."""
    sizes: tuple[int, ...] = ()
    """Sizes."""


@TOYS.register("late")
class LateConfig(ToyConfig):
    """Registered late."""

    size: int = 1
    """How large."""


@TOYS.register("stranger")
class StrangerConfig(Config):
    """Of no family."""


def test_kinds_are_looked_up_when_a_value_is_read():
    holder = HolderConfig.model_validate({"toys": [{"kind": "late", "size": 3}, LateConfig()]})
    assert holder.toys == (LateConfig(size=3), LateConfig())
    assert holder.dump() == {"toys": [{"kind": "late", "size": 3}, {"kind": "late", "size": 1}], "sizes": []}
    assert HolderConfig.model_validate(holder.dump()) == holder


@pytest.mark.parametrize(
    "values", [{"kind": "stranger"}, {"kind": 3}, {}, 3, {"kind": "late", "size": "3"}, StrangerConfig()]
)
def test_what_does_not_fit_is_refused(values):
    with pytest.raises(ValidationError):
        HolderConfig.model_validate({"toys": [values]})


@pytest.mark.parametrize("values", [{"sizes": ["1"]}, {"sizes": [True]}, {"sizes": [1.0]}, {"sizes": 1}, {"size": ()}])
def test_nothing_is_turned_into_another_type(values):
    with pytest.raises(ValidationError):
        HolderConfig.model_validate(values)


def test_configs_are_frozen_values():
    holder = HolderConfig(sizes=[1, 2])  # type: ignore[arg-type]  # lists are welcome
    assert holder.sizes == (1, 2)
    assert hash(holder) == hash(HolderConfig(sizes=(1, 2)))
    with pytest.raises(ValidationError, match="frozen"):
        holder.sizes = ()


def test_the_nearest_name():
    assert closest("LSTN", ("gru", "lstm")) == "lstm"
    assert closest("zebra", ("gru", "lstm")) is None
    assert closest("x", ()) is None
    assert nearest("zebra", ("gru", "lstm")) == "one of: gru, lstm"
