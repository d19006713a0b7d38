"""What stands below a field is what pydantic itself would have read there."""

from pydantic import BaseModel, ConfigDict, Field

from seqweave.core.configuration import Config
from seqweave.core.docstrings import meanings


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
