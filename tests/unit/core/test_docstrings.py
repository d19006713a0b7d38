"""What stands below a field is what pydantic itself would have read there."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from seqweave.core.configuration import Config
from seqweave.core.docstrings import meanings

T = TypeVar("T")


class Twig(Config):
    """Settings of a twig."""

    leaves: int = 3
    """How many leaves,

        each of them green."""
    bare: bool = False
    length: float = Field(1.0, gt=0)
    """In metres."""

    def grow(self) -> None:
        """Not a setting."""


class Branch(Twig):
    """Settings of a branch."""

    length: float = 2.0
    """In yards."""
    twigs: tuple[Twig, ...] = ()
    """What grows on it."""


class Pot(Config, Generic[T]):
    """Settings of a pot, whatever is in it."""

    litres: float = 1.0
    """How much goes in."""


class PotOfTwigs(Pot[Twig]):
    """Settings of a pot of twigs."""

    glazed: bool = True
    """Whether it shines."""


class Documented(BaseModel):
    """The same fields, read by pydantic."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    leaves: int = 3
    """How many leaves,

        each of them green."""
    bare: bool = False
    length: float = Field(1.0, gt=0)
    """In metres."""


def test_they_are_those_that_pydantic_reads():
    read = {key: field.description for key, field in Documented.model_fields.items() if field.description}
    assert meanings(Twig) == meanings(Documented) == read


def test_a_subclass_inherits_them_and_says_its_own():
    inherited = {"leaves": meanings(Twig)["leaves"]}
    assert meanings(Branch) == inherited | {"length": "In yards.", "twigs": "What grows on it."}


def test_those_of_a_generic_class_are_there_too():
    assert meanings(PotOfTwigs) == {"litres": "How much goes in.", "glazed": "Whether it shines."}
