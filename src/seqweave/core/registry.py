"""A registry maps the `kind` written in a file to the config class that builds it, and does nothing else.

Every architecture is one file that registers its config with a decorator; packages outside Seqweave register by an
entry point of the group named here. A kind name, once released, keeps its meaning.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import TypeVar

from seqweave.core.errors import InternalError, RecipeError

C = TypeVar("C", bound=type)


class Registry:
    """The kinds of one family (encoders, heads, formats ...), filled by importing the family's package.

    Args:
        family: plural noun, as `seqweave info` shows it; also names the entry-point group `seqweave.<family>`.
        package: the package whose modules register the built-in kinds.
    """

    def __init__(self, family: str, package: str) -> None:
        self.family, self.package = family, package
        self._classes: dict[str, type] = {}
        self._loaded = False

    def register(self, kind: str) -> Callable[[C], C]:
        """The decorator that enters a config class under `kind`; a kind can be taken only once."""

        def enter(config: C) -> C:
            known = self._classes.get(kind)
            if known is not None and known.__qualname__ != config.__qualname__:
                raise InternalError("E-REG-01", f"{self.family} kind {kind!r} is registered twice")
            config.kind = kind  # type: ignore[attr-defined]  # ClassVar declared on core.configuration.Config
            self._classes[kind] = config
            return config

        return enter

    def load(self) -> None:
        """Import every module of the family's package in name order, then the entry points of its group."""
        if self._loaded:
            return
        self._loaded = True
        try:
            package = importlib.import_module(self.package)
            for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
                importlib.import_module(f"{self.package}.{module}")
            for point in entry_points(group=f"seqweave.{self.family}"):
                point.load()
        except BaseException:
            self._loaded = False  # else the next look-up would find an empty family, and hide what is broken
            raise

    def kinds(self) -> tuple[str, ...]:
        """All kinds, sorted."""
        self.load()
        return tuple(sorted(self._classes))

    def __getitem__(self, kind: str) -> type:
        if kind not in self:
            raise RecipeError(
                "E-RECIPE-06",
                f"there is no {self.family} kind {kind!r}",
                mend=f"use {nearest(kind, self.kinds())}",
            )
        return self._classes[kind]

    def __iter__(self) -> Iterator[tuple[str, type]]:
        return iter([(kind, self._classes[kind]) for kind in self.kinds()])

    def __contains__(self, kind: object) -> bool:
        if kind not in self._classes:
            self._import(str(kind))
        if kind not in self._classes:
            self.load()
        return kind in self._classes

    def _import(self, kind: str) -> None:
        """Import the module that is named as a kind is, if there is one: who asks for one kind waits for no other."""
        package, name = importlib.import_module(self.package), kind.replace("-", "_")
        if name in {module.name for module in pkgutil.iter_modules(package.__path__)}:
            importlib.import_module(f"{self.package}.{name}")


def nearest(name: str, known: tuple[str, ...]) -> str:
    """A phrase that names the closest known name first, for the end of an error message.

    Example:
        >>> nearest("lstn", ("gru", "lstm"))
        "'lstm' (known: gru, lstm)"
    """
    close, everything = closest(name, known), ", ".join(known)
    return f"{close!r} (known: {everything})" if close else f"one of: {everything}"


def closest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that was most likely meant, if any is close; capitals count for nothing.

    Example:
        >>> closest("LSTN", ("gru", "lstm"))
        'lstm'
    """
    plain = {word.lower(): word for word in known}
    close = difflib.get_close_matches(name.lower(), plain, n=1)
    return plain[close[0]] if close else None
