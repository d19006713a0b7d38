"""Every module imports; classes are shallow, and abstract or final: nothing that is implemented is overridden."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pytest
from torch import nn

import seqweave
from seqweave.core.configuration import Config
from seqweave.core.errors import SeqweaveError

NAMES = [m.name for m in pkgutil.walk_packages(seqweave.__path__, "seqweave.") if not m.name.endswith("__main__")]
LEVELS = 2
ROOTS: tuple[type, ...] = (Config, SeqweaveError)  # the ground that classes stand on, as nn.Module is
# A recipe leaves out the `kind` that its task implies; whatever dumps a recipe must see that.
ALLOWED = {("Recipe", "dump")}


@cache
def imported(name: str) -> ModuleType:
    return importlib.import_module(name)


def ancestors(found: type, ours: str) -> list[type]:
    """The classes of ours between a class and its ground; `Base[int]`, which pydantic makes a class of, is none."""
    return [c for c in found.__mro__[1:] if c.__module__.startswith(ours) and c not in ROOTS and "[" not in c.__name__]


def too_deep(found: type, ours: str = "seqweave") -> bool:
    return len(ancestors(found, ours)) > LEVELS


def overridden(found: type, ours: str = "seqweave") -> Iterator[str]:
    """The methods of a class that replace an implemented one of an ancestor of ours."""
    for name, member in vars(found).items():
        if name.startswith("__") or not (inspect.isroutine(member) or isinstance(member, property)):
            continue
        for ancestor in [
            *ancestors(found, ours),
            *(root for root in ROOTS if issubclass(found, root) and found != root),
        ]:
            above = vars(ancestor).get(name)
            written = inspect.isroutine(above) or isinstance(above, property)
            if written and not getattr(above, "__isabstractmethod__", False):
                yield name


@pytest.mark.parametrize("name", NAMES)
def test_module_imports_and_its_classes_are_plain(name: str) -> None:
    if name == "seqweave.layers.scan.gpu":
        pytest.importorskip("triton", reason="Triton comes with torch's builds for GPUs alone")
    for found in vars(imported(name)).values():
        if not inspect.isclass(found) or found.__module__ != name:
            continue
        assert not too_deep(found), f"{found.__name__} stands on {[c.__name__ for c in ancestors(found, 'seqweave')]}"
        replaced = {(found.__name__, method) for method in overridden(found)} - ALLOWED
        assert not replaced, f"{replaced}: write a second class instead"


class Ground(nn.Module, ABC):
    @abstractmethod
    def promised(self) -> int: ...

    def settled(self) -> int:
        return 1


class Floor(Ground): ...


class Wall(Floor):
    def promised(self) -> int:
        return 1


class Roof(Wall):
    def settled(self) -> int:
        return 2


def test_faults_are_caught() -> None:
    assert too_deep(Roof, __name__)
    assert not too_deep(Wall, __name__)
    assert list(overridden(Roof, __name__)) == ["settled"]
    assert not list(overridden(Wall, __name__))
