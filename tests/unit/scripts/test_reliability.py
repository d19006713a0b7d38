"""The page of faults."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
FAULT = {
    "name": "fault-toy",
    "promise": "A toy never breaks.",
    "unit": "falls",
    "tried": 2000,
    "bad": 1,
    "facts": {"height": 1234, "by floor": {"wood": 1, "stone": 2}},
    "complaints": ["broke | on stone"],
    "seed": 1,
    "command": "python scripts/faults/toy.py --count 2000 --seed 1",
    "seconds": 12,
    "device": "a machine",
    "versions": {},
    "commit": "abc",
}
SCRIPT = '"""Toys are dropped.\n\n    python scripts/faults/toy.py\n\nFrom a table.\n"""\n'


def page(pages: ModuleType, folder: Path, record: dict[str, object], name: str = "fault-toy") -> str:
    (folder / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "toy.py").write_text(SCRIPT, encoding="utf-8")
    made: str = pages.page_reliability.page(folder, folder)
    return made


def test_what_was_tried_is_told_with_what_broke(pages: ModuleType, tmp_path: Path) -> None:
    made = page(pages, tmp_path, FAULT)
    assert f"| A toy never breaks. | 2,000 falls | **1** | `{FAULT['command']}` |" in made
    assert "## `toy`\n\nToys are dropped.\n\nFrom a table.\n" in made
    assert (
        "| height | 1,234 |\n| by floor | wood: 1, stone: 2 |\n| measured | 12 s on a machine, commit abc |\n" in made
    )
    assert "| broken | broke \\| on stone |" in made


def test_nothing_tried_is_said(pages: ModuleType, tmp_path: Path) -> None:
    assert "Nothing has been tried yet." in pages.page_reliability.page(tmp_path, tmp_path)


@pytest.mark.parametrize(("record", "name"), [({"name": "fault-toy"}, "fault-toy"), (FAULT, "fault-other")])
def test_a_file_that_is_no_such_result_is_named(
    pages: ModuleType, tmp_path: Path, record: dict[str, object], name: str
) -> None:
    with pytest.raises(ValueError, match=name):
        page(pages, tmp_path, record, name)


def test_faults_are_no_results_of_systems(pages: ModuleType, tmp_path: Path) -> None:
    page(pages, tmp_path, FAULT)
    assert "fault-toy" not in pages.page_results.page(tmp_path)


def test_every_script_of_a_result_is_there() -> None:
    for path in (ROOT / "results").glob("fault-*.json"):
        assert (ROOT / "scripts" / "faults" / f"{path.stem.split('-')[1]}.py").is_file()
