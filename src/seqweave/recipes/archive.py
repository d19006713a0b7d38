"""Exported zips (in progress)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """The model folder in a zip, for as long as the context lasts."""
    yield archive
