"""The page for contributors, followed to the letter in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .rules import RULES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAME, CODE = re.search(r"<!-- example: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL).groups()
COPIED = ("src/seqweave", "tests/contracts", "tests/conftest.py", "tests/fence", "pyproject.toml")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / NAME).write_text(CODE, encoding="utf-8")
    return folder


def python(folder: Path, *told: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    command = [sys.executable, *told]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def laws(folder: Path, also: str = "") -> subprocess.CompletedProcess[str]:
    told = re.search(r"^\.venv/bin/pytest (.*)$", PAGE, re.MULTILINE)[1]
    return python(folder, "-m", "pytest", "-p", "no:cacheprovider", *told.split()[:-1], told.split()[-1] + also)


def test_the_example_keeps_the_laws(copy: Path) -> None:
    done = laws(copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_a_fault_in_the_example_is_caught(copy: Path) -> None:
    """Step 3: without the last guard, padding is no longer zero."""
    faulty = CODE.replace("zero_padding(own * y + before * averages, mask)", "own * y + before * averages")
    assert faulty != CODE
    (copy / NAME).write_text(faulty, encoding="utf-8")
    try:
        done = laws(copy, " and padding_is_zero")
    finally:
        (copy / NAME).write_text(CODE, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr


def test_the_example_is_shown_and_can_be_chosen(copy: Path) -> None:
    done = python(copy, "-m", "seqweave", "info", "encoders", "--json")
    assert '"gated-average"' in done.stdout, done.stderr


@pytest.mark.parametrize("rule", RULES)
def test_the_example_keeps_the_limits(rule: str) -> None:
    assert not list(RULES[rule](Path(NAME), CODE))


def test_the_example_is_formatted(copy: Path) -> None:
    for told in (("ruff", "format", "--check"), ("ruff", "check")):
        done = python(copy, "-m", *told, NAME)
        assert done.returncode == 0, done.stdout + done.stderr
