"""The pages of the parts, and that every page of docs/ can be reached."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from seqweave.layers.contracts import EMBEDDERS, ENCODERS, HEADS

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
TREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def made(parts: ModuleType) -> dict[str, str]:
    return parts.pages()


@pytest.mark.parametrize("registry", [EMBEDDERS, ENCODERS, HEADS], ids=lambda registry: registry.family)
def test_every_kind_has_its_equations_or_paper_and_its_settings(made: dict[str, str], registry) -> None:
    for kind, config in registry:
        page = made[f"{registry.family}/{kind}.md"]
        assert page.startswith(f"# {kind}\n")
        assert "Paper: " in page or "```text" in page, kind
        assert all(f"| `{key}` |" in page for key in config.model_fields)
        assert f"kind: {kind}" in page
        assert f"]({kind}.md)" in made[f"{registry.family}/index.md"]


def test_a_part_names_the_shipped_recipes_that_have_it_at_any_depth(made: dict[str, str]) -> None:
    used = re.search(r"^Shipped recipes that use it: (.*)\.$", made["embedders/characters.md"], re.MULTILINE)
    assert used is not None
    names = used[1].replace("`", "").split(", ")
    assert {"bilm-wikitext2", "conll2003-ner"} <= set(names), "within a reader, and by itself"
    assert "sst5" not in names


def test_a_new_encoder_has_its_page_by_itself(parts: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ENCODERS["lstm"]
    monkeypatch.setitem(ENCODERS._classes, "sru", config)
    made = parts.pages()
    assert "c_t     = f * c_{t-1} + i * g" in made["encoders/sru.md"]
    assert "\nsru\n" in made["encoders/index.md"]


def test_a_page_of_several_kinds_tells_each_file_once(made: dict[str, str]) -> None:
    page = made["optimizers.md"]
    assert page.count("m_t = beta1") == 1
    assert {"## adam\n", "## adamw\n"} <= set(re.findall(r"^## \w+\n", page, re.MULTILINE))


def test_shipped_recipes_are_told_where_they_use_a_part(made: dict[str, str]) -> None:
    assert "`resume-ner-zh`" in made["heads/crf.md"]
    assert "`resume-ner-zh`" not in made["heads/tags.md"]


def test_docstrings_become_pages(parts: ModuleType) -> None:
    text = "A gate.\n\nPaper: A, 2016, arXiv:1603.01354, eq. 1:\n\n    a = b\n\n      + c\n\nAfter that.\n"
    assert parts.prose(text) == (
        "A gate.\n\nPaper: A, 2016, [arXiv:1603.01354](https://arxiv.org/abs/1603.01354), eq. 1:\n"
        "\n```text\na = b\n\n  + c\n```\n\nAfter that.\n"
    )


def test_pages_of_what_is_gone_are_deleted(parts: ModuleType, made: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "encoders").mkdir()
    (tmp_path / "encoders" / "gone.md").touch()
    parts.write(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")} == set(made)


def listed(page: Path, text: str) -> set[Path]:
    """The pages that the contents of a page name."""
    lines = [line for tree in TREE.findall(text) for line in tree.splitlines() if line and not line.startswith(":")]
    names = [re.sub(r".*<(.*)>", r"\1", line) for line in lines]
    return {found for name in names for found in page.parent.glob(f"{name}.*")}


def test_every_page_is_in_the_contents(made: dict[str, str]) -> None:
    written = {
        path for kind in ("md", "ipynb") for path in DOCS.rglob(f"*.{kind}") if DOCS / "parts" not in path.parents
    }
    reached = {DOCS / "index.md"}
    for page in written:
        reached |= listed(page, page.read_text(encoding="utf-8"))
    assert written <= reached, written - reached
    assert "parts/index" in (DOCS / "index.md").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere(made: dict[str, str]) -> None:
    pages = {
        path: path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md") if DOCS / "parts" not in path.parents
    }
    pages |= {DOCS / "parts" / name: text for name, text in made.items()}
    for page, text in pages.items():
        for target in re.findall(r"\]\((?!\w+://)([^)#\s]+)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            path = (page.parent / target).resolve()
            assert path in pages or path.exists(), f"{page.relative_to(ROOT)}: {target}"
