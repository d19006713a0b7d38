"""The scripts as modules."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


def script(name: str, folder: str = "scripts") -> ModuleType:
    sys.path.insert(0, str(ROOT / folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / folder))


@pytest.fixture(scope="session")
def pages() -> ModuleType:
    return script("pages")


@pytest.fixture(scope="session")
def roofline() -> ModuleType:
    return script("roofline", "benchmarks")


@pytest.fixture(scope="session")
def lm_train() -> ModuleType:
    return script("lm_train", "benchmarks")


@pytest.fixture(scope="session")
def gpu() -> ModuleType:
    return script("gpu", "benchmarks")


@pytest.fixture(scope="session")
def language_twin() -> ModuleType:
    return script("language_twin", "benchmarks")


@pytest.fixture(scope="session")
def parts() -> ModuleType:
    return script("page_parts")
