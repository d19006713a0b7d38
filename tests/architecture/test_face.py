"""What the package shows: its public names, its version, and that it answers before torch is imported."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import seqweave

ROOT = Path(__file__).parents[2]


def hidden_or_unsorted(module: ModuleType) -> list[str]:
    """What is wrong with the public list of a module."""
    listed = list(module.__all__)
    own = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }
    wrong = [f"{name} is not listed" for name in sorted(own - set(listed))]
    wrong += [f"{name} is listed and not there" for name in listed if name not in vars(module)]
    return wrong + ([] if listed == sorted(listed) else ["the list is not sorted"])


def test_public_list_is_sorted_and_complete() -> None:
    assert not hidden_or_unsorted(seqweave)


def test_faults_of_a_public_list_are_caught() -> None:
    module = ModuleType("drop")
    exec("def a(): ...\ndef b(): ...\n__all__ = ['b', 'a', 'c']", vars(module))
    assert hidden_or_unsorted(module) == ["c is listed and not there", "the list is not sorted"]
    module.__all__ = ["a"]
    assert hidden_or_unsorted(module) == ["b is not listed"]


def versions(folder: Path) -> dict[str, str]:
    """The version, from every file that tells it."""
    read = {name: (folder / name).read_text(encoding="utf-8") for name in ("CITATION.cff", "CHANGELOG.md")}
    released = re.search(r"^## (\d\S*)", read["CHANGELOG.md"], re.MULTILINE)
    cited = re.search(r"^version: (\S+)", read["CITATION.cff"], re.MULTILINE)
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "CITATION.cff": cited[1] if cited else "",
        "CHANGELOG.md": released[1] if released else "",
        "pyproject.toml": project["version"],
    }


def test_one_version() -> None:
    told = versions(ROOT) | {"__version__": seqweave.__version__, "installed": importlib.metadata.version("seqweave")}
    assert len(set(told.values())) == 1, told


def test_a_forgotten_version_is_seen(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 0.1.0\n", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("## Unreleased\n\n## 0.2.0 (a date)\n## 0.1.0\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\n', encoding="utf-8")
    assert set(versions(tmp_path).values()) == {"0.1.0", "0.2.0"}


@pytest.mark.parametrize(
    "code",
    [
        "import seqweave.core.validation, seqweave.metrics.labels, seqweave.data.splits, seqweave.data.formats.conllu",
        "from seqweave.cli.app import run; assert run(['--help']) == 0",
        "from seqweave.cli.app import run; assert run(['train', '--help']) == 0",
        "from seqweave.cli.app import run; assert run(['train', 'no-such.yaml']) == 66",
    ],
)
def test_answers_without_torch(code: str, tmp_path: Path) -> None:
    """A mistake is told before seconds are spent on an import."""
    told = [sys.executable, "-W", "error", "-c", f"import sys; sys.modules['torch'] = None; {code}"]
    done = subprocess.run(told, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
