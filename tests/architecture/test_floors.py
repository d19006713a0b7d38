"""The import floors as import-linter sees them, in a copy of the package into which an import is planted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTS = {
    "upward": ("layers/pooling.py", "from seqweave.models import tagger", "Imports go downwards only"),
    "homeless": ("drawer/__init__.py", '"""A folder without a floor."""', "Imports go downwards only"),
    "sideways": ("parts/encoders/bag.py", "from seqweave.parts.encoders import gru", "never import each other"),
    "siblings": ("tasks/tagging.py", "from seqweave.models import tagger", "Imports go downwards only"),
    "tensor": ("metrics/labels.py", "import torch", "know no tensor"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("floors")
    shutil.copytree(ROOT / "src" / "seqweave", folder / "seqweave", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    told = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1"}
    return subprocess.run(told, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def test_floors_hold(copy: Path) -> None:
    done = linted(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("plant", PLANTS)
def test_fault_is_caught(copy: Path, plant: str) -> None:
    name, line, contract = PLANTS[plant]
    path = copy / "seqweave" / name
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        done = linted(copy)
    finally:
        if before is None:
            shutil.rmtree(path.parent)
        else:
            path.write_text(before, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert contract in done.stdout
