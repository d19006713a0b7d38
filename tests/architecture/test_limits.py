"""The limits hold in every file of the package, and each is seen to catch what it forbids."""

from __future__ import annotations

from pathlib import Path
from statistics import median, quantiles

import pytest

from .rules import RULES, functions, length, parsed

SOURCE = Path(__file__).parents[2] / "src" / "seqweave"
FILES = {path.relative_to(SOURCE): path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
ROOT, PART = Path("layers/drop.py"), Path("parts/encoders/drop.py")
HEAD = '"""A module."""\n'

# For each rule: sources that it must refuse, and one that it must not.
FAULTS: dict[str, tuple[list[tuple[Path, str]], str]] = {
    "file_is_short": ([(ROOT, "x = 1\n" * 301)], "x = 1\n" * 300),
    "functions_are_short": (
        [(ROOT, "class A:\n    async def f(self):\n" + "        x = 1\n" * 50)],
        'def f():\n    """One.\n' + "    Two.\n" * 90 + '    """\n' + "    x = 1\n" * 48,
    ),
    "arguments_are_few": (
        [(ROOT, "def f(a, b, c, d, e, f, g): ..."), (ROOT, "def f(a, /, b, c, *, d, e, f, g): ...")],
        "def f(self, a, b, c, d, e, f): ...",
    ),
    "nothing_is_probed": ([(ROOT, "x = hasattr(y, 'z')")], "x = isinstance(y, Z)"),
    "keywords_are_named": ([(ROOT, "def f(**options): ...")], "def f(*texts): g(**{'a': 1})"),
    "everything_has_a_home": (
        [(Path("data/utils.py"), ""), (Path("core/base.py"), ""), (ROOT, "class RunManager: ...")],
        "class Run: ...",
    ),
    "public_is_documented": (
        [(ROOT, "x = 1"), (ROOT, HEAD + "def f(): ..."), (ROOT, HEAD + 'class A:\n    """A."""\n    def f(self): ...')],
        HEAD + 'class A:\n    """A."""\n    def __init__(self): ...\n    def _f(self): ...\ndef _g(): ...',
    ),
    "forward_names_shapes": (
        [
            (ROOT, 'class A:\n    def forward(self, x):\n        """Halve x."""'),
            (ROOT, "class A:\n    def forward(s): ..."),
        ],
        'class A:\n    def forward(self, x):\n        """Halve x. Shape (batch, time)."""',
    ),
    "nothing_is_unpickled": (
        [(ROOT, "import pickle"), (ROOT, "from joblib.memory import Memory"), (ROOT, "x = torch.load('a')")],
        "import json\nself.load(torch.ones(1))",
    ),
    "nothing_is_evaluated": ([(ROOT, "x = eval('1')"), (ROOT, "exec('1')")], "model.eval()"),
    "one_architecture_a_file": (
        [(PART, "x = 1"), (PART, "@encoder('a')\nclass A: ...\n@encoder('b')\nclass B: ...")],
        "@encoder('a')\nclass A: ...",
    ),
    "nothing_is_left_to_do": ([(ROOT, "x = 1  # TODO: two")], "x = 'TODO'"),
    "suppressions_have_reasons": (
        [(ROOT, "x = 1  # noqa: E501"), (ROOT, "x = 1  # type: ignore[misc]")],
        "x = 1  # noqa: E501  # a table",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_file_keeps(rule: str) -> None:
    complaints = [f"{path}: {what}" for path, source in FILES.items() for what in RULES[rule](path, source)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("rule", RULES)
def test_rule_catches_its_fault(rule: str) -> None:
    faults, sound = FAULTS[rule]
    for path, source in faults:
        assert list(RULES[rule](path, source)), source
    assert not list(RULES[rule](faults[-1][0], sound))


def test_code_stays_small() -> None:
    """Not the longest alone: files and functions on the whole."""
    lines = [len(source.splitlines()) for path, source in FILES.items() if path.name != "__init__.py"]
    lengths = [length(f) for source in FILES.values() for f in functions(parsed(source))]
    assert median(lines) <= 110
    assert median(lengths) <= 8  # 7, and the line of `def`
    assert quantiles(lengths, n=10)[-1] <= 24
