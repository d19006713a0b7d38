"""The README does what it says, in both languages: its commands run, its other commands parse, its error is real."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from seqweave.cli.app import app, run

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
QUICK = {"train": ["-o", "training.epochs=1"]}


def blocks(page: str, mark: str = r"\w+") -> list[str]:
    return re.findall(rf"<!-- {mark} -->\n```\w*\n(.*?)```", page, re.DOTALL)


def commands(block: str) -> list[list[str]]:
    """The arguments of every `seqweave ...` of a block, also of those behind a pipe."""
    lines = [line.rpartition("| ")[2] for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("seqweave ")]


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


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of the README were run, with a single pass over the data."""
    folder = tmp_path_factory.mktemp("readme")
    with contextlib.chdir(folder):
        for block in blocks(ENGLISH, "run"):
            for arguments in commands(block):
                assert run(arguments + (QUICK.get(arguments[0], []) if "--resume" not in arguments else [])) == 0
    return folder


def test_commands_run(laboratory: Path) -> None:
    assert (laboratory / "runs" / "lab" / "report.html").exists()
    assert (laboratory / "lab.zip").exists()


def test_python_runs(laboratory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.chdir(laboratory):
        for block in blocks(ENGLISH, "python"):
            exec(block, {})
    assert "'DET'" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [found for block in blocks(ENGLISH, "parse") for found in commands(block)], ids=" ".join
)
def test_other_commands_parse(arguments: list[str]) -> None:
    group = typer.main.get_command(app)
    with group.make_context("seqweave", [arguments[0]], resilient_parsing=True) as context:
        verb = group.get_command(context, arguments[0])
    assert verb is not None, arguments[0]
    verb.make_context(arguments[0], arguments[1:])


def test_the_error_is_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["task: tagging", "data: {train: a.conll}", "model:", "  embed: [{kind: words}]"]
    lines += ["  encoder: {kind: lstn}", "  head: {kind: crf}"]
    (tmp_path / "typo.yaml").write_text("\n".join(lines), encoding="utf-8")
    with contextlib.chdir(tmp_path):
        assert run(["check", "typo.yaml"]) == 78
    shown = " ".join(blocks(ENGLISH, "error")).strip().partition("(known:")[0]
    assert shown
    assert capsys.readouterr().err.startswith(shown)
