"""What a setting means: the docstring below the field, read from the source when somebody asks.

pydantic's `use_attribute_docstrings` reads them too, but whenever a class is made: that would cost every process a
quarter of a second, for texts that few of them show.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


@cache
def meanings(config: type[BaseModel]) -> Mapping[str, str]:
    """The docstring of every field that has one, inherited fields included."""
    found: dict[str, str] = {}
    for base in reversed(config.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _below_fields(base)
    return found


def _below_fields(config: type) -> dict[str, str]:
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(config))).body
    except OSError:  # made by pydantic, of a generic class that is read itself, or typed into an interpreter
        return {}
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for pair in pairwise(definition.body):
        match pair:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                found[name] = inspect.cleandoc(text)
    return found
