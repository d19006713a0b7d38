"""One code, one meaning: a reader who looks a code up must find what happened, and nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

SOURCE = Path(__file__).parents[3] / "src" / "seqweave"
SEVERAL_WORDINGS = {
    "E-ANSWER-01": "a line is no prediction",
    "E-CONLLU-06": "a sentence has not exactly one root",
    "E-CSV-09": "a quotation mark is opened and never closed",
    "E-CSV-12": "the columns are parted by another delimiter",
    "E-DISK-05": "the system does not let this user write there",
    "E-RECIPE-01": "the recipe is not YAML",
    "E-RECIPE-02": "the recipe is not UTF-8",
    "E-RECIPE-06": "there is no kind, or task, of that name",
    "E-RECIPE-08": "the recipe is deeper or longer than any recipe is",
    "E-RECIPE-11": "a key is missing that must be there",
    "E-RECIPE-16": "an override leads nowhere",
    "E-TEXT-20": "a text to be answered has no word",
    "E-ZIP-10": "the zip file unpacks to more than it can hold",
}
"""The meaning of each code whose messages begin differently, or come from two files; of all others, they do not."""


def beginning(message: str) -> str:
    """The first two words, or the one before a colon; what is filled in is left out."""
    words = re.sub(r"'?\{[^}]*\}'?", "{}", message).split()
    return words[0] if words[0].endswith(":") else " ".join(words[:2])


def told_differently(entries: Iterable[Any], untold: str) -> dict[str, set[tuple[str, str]]]:
    """The codes that are used in two files, or begin in two ways: what each is told by, and where."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in entries:
        if entry.message != untold:
            found[entry.code].add((entry.file, beginning(entry.message)))
    return {code: uses for code, uses in found.items() if len(uses) > 1}


def test_every_code_has_one_meaning(pages: ModuleType) -> None:
    errors = pages.page_errors
    found = told_differently((e for path in SOURCE.rglob("*.py") for e in errors.entries(path, SOURCE)), errors.UNTOLD)
    unexplained = {code: uses for code, uses in found.items() if code not in SEVERAL_WORDINGS}
    assert not unexplained, "give one of the places a code of its own, or raise both by one function"


def test_a_code_with_two_meanings_is_found(pages: ModuleType, tmp_path: Path) -> None:
    errors = pages.page_errors
    (tmp_path / "one.py").write_text(
        'def f(n):\n    raise E("E-TOY-01", f"the row {n} is short")\n'
        'def g(n):\n    raise E("E-TOY-01", f"the row {n} is long")\n'
        'def h(n):\n    raise E("E-TOY-02", f"{n} is late")\n'
        'def i(n):\n    raise E("E-TOY-02", "no more is left")\n',
        encoding="utf-8",
    )
    (tmp_path / "two.py").write_text('def f():\n    raise E("E-TOY-03", "the end")\n', encoding="utf-8")
    (tmp_path / "three.py").write_text('def f():\n    raise E("E-TOY-03", "the end")\n', encoding="utf-8")
    found = told_differently((e for path in tmp_path.glob("*.py") for e in errors.entries(path, tmp_path)), "…")
    assert found == {
        "E-TOY-02": {("one.py", "{} is"), ("one.py", "no more")},
        "E-TOY-03": {("two.py", "the end"), ("three.py", "the end")},
    }
