"""The README and the pages of docs/ do what they say, and every block of theirs that could be wrong is tried."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seqweave.cli.app import ClickError
from seqweave.core.errors import SeqweaveError

from .pages import MARK, agrees, base, follow, perform

ROOT = Path(__file__).parents[2]
GENERATED = ("errors.md", "recipe.md", "results.md", "reliability.md", "roofline.md", "search.md")
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if path.parent.name != "decisions" and "parts" not in path.parts and path.name not in (*GENERATED, "log.md")
)
NOTEBOOKS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.ipynb"))
DOABLE = re.compile(r"^(?:\$ )?seqweave |^import seqweave|^from seqweave|\[E-[A-Z]+-\d\d\]", re.MULTILINE)


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder in which a page was followed; each page once, those that others go on from before them."""
    folders: dict[str, Path] = {}

    def folder_of(page: str) -> Path:
        if page not in folders:
            folder = tmp_path_factory.mktemp("page")
            before = base(text(page))
            if before:
                shutil.copytree(folder_of(before), folder, dirs_exist_ok=True)
            follow(text(page), folder)
            folders[page] = folder
        return folders[page]

    return folder_of


@pytest.mark.parametrize("page", [page for page in PAGES if MARK.search(text(page))])
def test_pages_are_true(page: str, followed: Callable[[str], Path]) -> None:
    followed(page)


@pytest.mark.parametrize("page", PAGES)
def test_what_can_be_tried_is_marked(page: str) -> None:
    rest = MARK.sub("", text(page))
    assert not [block for block in re.findall(r"^```.*?^```$", rest, re.DOTALL | re.MULTILINE) if DOABLE.search(block)]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebooks_are_true(notebook: str, tmp_path: Path) -> None:
    """Every cell prints what it keeps; numbers apart, which differ from machine to machine."""
    for source, kept, printed in perform(ROOT / notebook, tmp_path):
        assert numberless(kept) == numberless(printed), source


def numberless(printed: str) -> str:
    return " ".join(re.sub(r"[\d.,]*\d", "0", printed).split())


def test_commands_of_results_are_sound(tmp_path: Path) -> None:
    found = dict.fromkeys(re.findall(r"`(seqweave reproduce [^`]*)`", text("docs/results.md")))
    assert found
    follow("".join(f"<!-- parse -->\n```\n{command}\n```\n" for command in found), tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        "<!-- run -->\n```\nseqweave train no-such.yaml\n```\n",
        "<!-- console -->\n```\n$ seqweave info encoders --json\n{}\n```\n",
        "<!-- console -->\n```\n$ seqweave info encoders\n...[E-RUN-03]\n```\n",
        "<!-- parse -->\n```\nseqweave train a.yaml --rum runs/a\n```\n",
        "<!-- parse -->\n```\nseqweave reproduce ewt-xpos --data DIR\n```\n",
        "<!-- python -->\n```python\nprint(1)\n# prints: 2\n```\n",
        "<!-- nonsense -->\n```\n```\n",
    ],
)
def test_a_page_that_is_wrong_is_caught(page: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, KeyError, ClickError, SeqweaveError)):
        follow(page, tmp_path)


def test_shown_agrees_but_for_what_is_left_out() -> None:
    assert agrees("a ... d\n", "a b\nc   d")
    assert agrees("a\nb", "a b\n")
    assert not agrees("a ... d", "a b c")
    assert not agrees("a b", "a b c")
