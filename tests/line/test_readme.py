"""The README opens alike in both languages, its links lead somewhere, and the error it shows is real."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

from seqweave.cli.app import run

from .pages import blocks

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))


def outline(page: str) -> list[str]:
    """What both languages share: levels of headings, code, targets of links, and the shape of tables."""
    fenced = re.split(r"```", page)
    text = re.findall(r"^#+ |\]\(([^)]*)\)", "\n".join(fenced[::2]), re.MULTILINE)
    levels = re.findall(r"^#+(?= )", "\n".join(fenced[::2]), re.MULTILINE)
    rows = [str(line.count("|")) for line in "\n".join(fenced[::2]).splitlines() if line.startswith("|")]
    links = sorted(link for link in text if link and not link.startswith("README"))
    return [*fenced[1::2], *levels, *rows, *links]


def test_languages_are_in_step() -> None:
    assert outline(ENGLISH) == outline(CHINESE)


def test_a_language_left_behind_is_seen() -> None:
    for old, new in (("seqweave check lab.yaml", "seqweave check my.yaml"), ("\n## Python", "\n### Python")):
        assert outline(ENGLISH.replace(old, new, 1)) != outline(CHINESE)


def test_both_open_with_the_two_commands() -> None:
    for page in (ENGLISH, CHINESE):
        assert page.startswith("# Seqweave\n\n    make demo\n    make test\n")


def test_links_lead_somewhere() -> None:
    for page in (ENGLISH, CHINESE):
        for target in re.findall(r"\]\(([^)#]+)\)", page):
            assert (ROOT / target).exists(), target


def test_the_error_is_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["task: tagging", "data: {train: a.conll}", "model:", "  embed: [{kind: words}]"]
    lines += ["  encoder: {kind: lstn}", "  head: {kind: crf}"]
    (tmp_path / "typo.yaml").write_text("\n".join(lines), encoding="utf-8")
    with contextlib.chdir(tmp_path):
        assert run(["check", "typo.yaml"]) == 78
    shown = " ".join(blocks(ENGLISH, "error")).strip().partition("(known:")[0]
    assert shown
    assert capsys.readouterr().err.startswith(shown)
