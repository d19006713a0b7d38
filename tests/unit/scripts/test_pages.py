"""The pages made from results and from the code."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from seqweave.core.docstrings import meanings
from seqweave.layers.contracts import ENCODERS

ROOT = Path(__file__).parents[3]
SYSTEM = {
    "name": "toy",
    "system": "a toy | with a bar",
    "dataset": "toys",
    "metric": "accuracy",
    "published": {"value": 90.06, "source": "A paper, 2016", "note": "other split"},
    "measured": {"mean": 91.25, "spread": 0.5, "runs": [90.75, 91.75]},
    "baseline": {"name": "majority", "value": 50.0},
    "command": "seqweave reproduce toy --data DIR",
    "seconds": 1234.5,
    "device": "a machine",
}
SPEED = {
    "name": "bench-toy",
    "what": "toy over toy",
    "ratio": 0.98765,
    "better": "higher",
    "goal": 0.97,
    "runs": [0.98, 0.99],
    "command": "python toy.py",
    "threads": 1,
    "device": "a machine",
}


def results(pages: ModuleType, folder: Path, *records: dict[str, object]) -> str:
    for record in records:
        (folder / f"{record['name']}.json").write_text(json.dumps(record), encoding="utf-8")
    return pages.page_results.page(folder)


def test_nothing_measured_is_said(pages: ModuleType, tmp_path: Path) -> None:
    assert pages.page_results.page(tmp_path / "absent").count("Nothing has been measured yet.") == 2


def test_measured_stands_beside_published(pages: ModuleType, tmp_path: Path) -> None:
    page = results(pages, tmp_path, SYSTEM, SPEED)
    assert "a toy \\| with a bar" in page
    assert "| `toy` | accuracy | 90.1 | **91.2** ± 0.50 | 2 | 50.0 (majority) |" in page
    assert "| toys | `seqweave reproduce toy --data DIR` | 1,234 |" in page
    assert "- `toy`: A paper, 2016. other split." in page
    assert "| `bench-toy` | toy over toy | **0.988** | ≥ 0.97 | 0.98, 0.99 | 1 |" in page


def test_a_cost_that_nobody_asked_a_goal_of_has_a_dash(pages: ModuleType, tmp_path: Path) -> None:
    page = results(pages, tmp_path, SPEED | {"goal": None})
    assert "| `bench-toy` | toy over toy | **0.988** | – | 0.98, 0.99 | 1 |" in page


def test_other_sizes_of_a_record_stand_below_it(pages: ModuleType, tmp_path: Path) -> None:
    large = {"what": "more words", "goal": 1.1, "ratio": 0.881, "runs": [0.881]}
    page = results(pages, tmp_path, SPEED | {"better": "lower", "details": {"B1 T9": 2.3471}, "large": large})
    assert "| `bench-toy` | B1 T9 | 2.35 | – |" in page
    assert "| `bench-toy` | more words | 0.881 | ≤ 1.1 |" in page
    assert "other sizes" not in results(pages, tmp_path, SPEED)


def test_what_shall_be_equal_may_differ_by_so_much(pages: ModuleType, tmp_path: Path) -> None:
    page = results(pages, tmp_path, SPEED | {"better": "equal", "goal": 0.01})
    assert "| `bench-toy` | toy over toy | **0.988** | 1 ± 0.01 | 0.98, 0.99 | 1 |" in page


def test_what_a_command_changed_of_a_network_is_told(pages: ModuleType, tmp_path: Path) -> None:
    command = "seqweave reproduce toy --data DIR -o model.encoder.kind=qrnn -o training.epochs=3 --name toy-qrnn"
    page = results(pages, tmp_path, {**SYSTEM, "command": command})
    assert r"| a toy \| with a bar; model.encoder.kind=qrnn |" in page


def test_one_run_stands_with_what_its_test_data_leave_open(pages: ModuleType, tmp_path: Path) -> None:
    once = {"mean": 91.25, "spread": None, "runs": [91.25]}
    assert "| **91.2** (one run) | 1 |" in results(pages, tmp_path, {**SYSTEM, "measured": once})
    known = {**once, "intervals": [[90.04, 92.5]]}
    assert "| **91.2** (one run; 90.0 to 92.5) | 1 |" in results(pages, tmp_path, {**SYSTEM, "measured": known})


def test_accuracies_of_a_race_stand_below_its_ratio(pages: ModuleType, tmp_path: Path) -> None:
    facts = [{"our_accuracy": {"test": right}, "their_accuracy": {"test": 80}} for right in (90, 91)]
    models = [{"our_run": name, **fact} for name, fact in zip("ab", facts, strict=True)]
    page = results(pages, tmp_path, {**SPEED, "facts": facts}, {**SPEED, "name": "bench-two", "facts": models}, SYSTEM)
    assert "| `bench-toy` | 90.50 | 80.00 | 2 |" in page
    assert "| `bench-two: b` | 91.00 | 80.00 | 1 |" in page


def test_a_race_to_an_accuracy_has_none_of_its_own(pages: ModuleType, tmp_path: Path) -> None:
    page = results(pages, tmp_path, SPEED | {"facts": [{"our_seconds": 1.0, "their_best_dev": 15.0}]})
    assert "| `bench-toy` | toy over toy |" in page
    assert "How often each was right" not in page


def test_a_check_is_no_speed(pages: ModuleType, tmp_path: Path) -> None:
    page = results(pages, tmp_path, SYSTEM, SPEED, {**SPEED, "name": "bench-explain-toy"})
    speed, checks = page.split("## Speed")[1].split("## Checks")
    assert "bench-toy" in speed
    assert "bench-explain-toy" not in speed
    assert "bench-explain-toy" in checks


def test_work_stands_beside_the_scores_it_led_to(pages: ModuleType, tmp_path: Path) -> None:
    courses = [
        {"processor_seconds": 100.4, "metric": "f1", "at": [50.0, 100.4], "dev": [90.0, 91.26]},
        {"processor_seconds": 200.0, "metric": "f1", "at": [200.0], "dev": [92.0]},
    ]
    fitted = [{"processor_seconds": 3.0, "metric": "", "at": [], "dev": []}]
    page = results(pages, tmp_path, {**SYSTEM, "training": courses}, {**SYSTEM, "name": "fit", "training": fitted})
    assert "| `toy` | 150 | f1 | 91.3, 92.0 | a machine |" in page
    assert "| `fit` | 3 | – | – | a machine |" in page


def test_the_best_perplexity_on_dev_is_the_lowest(pages: ModuleType, tmp_path: Path) -> None:
    course = {"processor_seconds": 9.0, "metric": "perplexity", "at": [5.0, 9.0], "dev": [120.0, 99.0]}
    page = results(pages, tmp_path, {**SYSTEM, "better": "lower", "training": [course]})
    assert "| `toy` | 9 | perplexity | 99.0 | a machine |" in page


def row(name: str, value: float, seconds: float) -> dict[str, object]:
    course = {"processor_seconds": 1.0, "metric": "perplexity", "at": [1.0, seconds], "dev": [value, value]}
    measured = {"mean": value, "spread": None, "runs": [value]}
    return {**SYSTEM, "name": name, "metric": "perplexity", "measured": measured, "training": [course]}


def test_a_remedy_stands_below_what_is_measured_without_it(pages: ModuleType, tmp_path: Path) -> None:
    lone = results(pages, tmp_path, row("ptb-lstm-small", 100.0, 50.0))
    assert "Obstacles" not in lone
    page = results(pages, tmp_path, row("ptb-qrnn-small", 102.5, 30.0))
    assert "### Slow recurrences" in page
    assert "### Each word represented twice" not in page
    assert "| `ptb-lstm-small` | lstm | perplexity | **100.0** | – | 1 | – | 50 s (a machine) |" in page
    assert "| `ptb-qrnn-small` | qrnn | perplexity | **102.5** | – | 1 | +2.5 | 0.60 |" in page
    nothing = {"processor_seconds": 1.0, "metric": "perplexity", "at": [], "dev": []}
    untrained = {**row("ptb-cache-small", 90.0, 0.0), "training": [nothing]}
    page = results(pages, tmp_path, untrained)
    assert "| `ptb-cache-small` | neural cache | perplexity | **90.0** | – | 1 | -10.0 | nothing is learned |" in page
    elsewhere = results(pages, tmp_path, {**row("ptb-sru-small", 101.0, 30.0), "device": "another machine"})
    assert "| `ptb-sru-small` | sru | perplexity | **101.0** | – | 1 | +1.0 | 30 s (another machine) |" in elsewhere
    assert "| `ptb-qrnn-small` | qrnn | perplexity | **102.5** | – | 1 | +2.5 | 0.60 |" in elsewhere
    several = row("ptb-sru-small", 101.0, 30.0)
    several["measured"] |= {"intervals": [[97.04, 103.0], [98.0, 104.16]]}
    assert "| **101.0** | 97.0 to 104.2 | 1 |" in results(pages, tmp_path, several)


def test_perplexities_are_compared_over_the_same_words(pages: ModuleType, tmp_path: Path) -> None:
    def sliced(name: str, rare: float, other: int) -> dict[str, object]:
        found = (("1 to 10", 2217, rare), ("more", 3, 9.04), ("other", other, 100.0))
        slices = [{"name": name, "tokens": tokens, "perplexity": value} for name, tokens, value in found]
        return {**row(name, 100.0, 50.0), "slices": slices}

    page = results(pages, tmp_path, sliced("ptb-lstm-small", 4000.0, 60), sliced("ptb-cache-small", 2500.55, 40))
    assert "| name | 1 to 10 (2,217) | more (3) | other (60) |\n" in page
    assert "| `ptb-lstm-small` | 4,000.0 | 9.0 | 100.0 |\n" in page
    assert "| `ptb-cache-small` | 2,500.6 | 9.0 | – |\n" in page
    pointing = sliced("ptb-pointer-sentinel-small", 2500.0, 60)
    pointing["slices"] = [
        *pointing["slices"],
        {"name": "not in the vocabulary, told apart", "tokens": 7, "perplexity": 27.34},
        {"name": "something else", "tokens": 7, "perplexity": 1.0},
    ]
    apart = results(pages, tmp_path, sliced("ptb-lstm-small", 4000.0, 60), pointing)
    assert "| other (60) | not in the vocabulary, told apart (7) |\n" in apart
    assert "| 100.0 | – |\n" in apart
    assert "| 100.0 | 27.3 |\n" in apart
    pointing["slices"] = [*pointing["slices"], {"name": "not in the vocabulary", "tokens": 7, "perplexity": 27.34}]
    assert "told apart" not in results(pages, tmp_path, sliced("ptb-lstm-small", 4000.0, 60), pointing)
    lacking = results(pages, tmp_path, row("ptb-pointer-sentinel-small", 90.0, 60.0))
    assert "| `ptb-pointer-sentinel-small` | pointer sentinel |" in lacking
    assert "1 to 10" not in lacking


def test_a_single_run_has_no_spread(pages: ModuleType, tmp_path: Path) -> None:
    page = results(pages, tmp_path, {**SYSTEM, "measured": {"mean": 91.25, "spread": None, "runs": [91.25]}})
    assert "| **91.2** (one run) | 1 |" in page
    assert "±" not in page


def test_nothing_published_is_a_dash(pages: ModuleType, tmp_path: Path) -> None:
    page = results(pages, tmp_path, {**SYSTEM, "published": None, "baseline": None})
    assert "| accuracy | – | **91.2** ± 0.50 | 2 | – |" in page
    assert "- `toy`: nothing comparable was published." in page


def test_a_file_that_is_no_result_is_named(pages: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(json.dumps(SYSTEM), encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.json"):
        pages.page_results.page(tmp_path)


def test_stale_pages_are_named_with_their_difference(pages: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one\ntwo\n", encoding="utf-8")
    (tmp_path / "b.md").write_text("same\n", encoding="utf-8")
    complaints = pages.stale({"a.md": "one\nthree\n", "b.md": "same\n", "c.md": "new\n"}, tmp_path)
    assert [complaint.splitlines()[0] for complaint in complaints] == [
        "docs/a.md is out of date; run: make docs",
        "docs/c.md is out of date; run: make docs",
    ]
    assert "-two" in complaints[0]
    assert "+three" in complaints[0]


def test_every_code_written_out_is_listed(pages: ModuleType) -> None:
    """The second answer: a plain search over the strings of the source."""
    listed = set(re.findall(r"[EW]-[A-Z]+-\d\d", pages.page_errors.page(ROOT / "src" / "seqweave")))
    written = {
        node.value
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[EW]-[A-Z]+-\d\d", node.value)
    }
    assert written <= listed


def test_messages_of_codes(pages: ModuleType, tmp_path: Path) -> None:
    source = """
def f(row):
    what = f"row {row.number} is {shown(row)}"
    raise DataError("E-TOY-01", what, mend="x")

def g(bad):
    what = "early"
    number = "03" if bad else "04"
    return _error(number, what)

def _error(number, what):
    return DataError(f"E-TOY-{number}", what)

TABLE = {1: ("E-TOY-05", "a table")}

def h(bad):
    code, what = "E-TOY-06", "first"
    code = "E-TOY-07" if bad else code
    return DataError(code, what)
"""
    (tmp_path / "toy.py").write_text(source, encoding="utf-8")
    entries = {(entry.code, entry.message) for entry in pages.page_errors.entries(tmp_path / "toy.py", tmp_path)}
    assert entries == {
        ("E-TOY-01", "row {number} is {row}"),
        ("E-TOY-03", "early"),
        ("E-TOY-04", "early"),
        ("E-TOY-05", "a table"),
        ("E-TOY-06", "first"),
        ("E-TOY-07", "first"),
    }


def test_every_key_of_an_encoder_is_explained(pages: ModuleType) -> None:
    page = pages.page_recipe.page()
    for kind, config in ENCODERS:
        part = page.split(f"### `{{kind: {kind}}}`")[1].split("\n### ")[0]
        for key in config.model_fields:
            assert f"| `{key}` |" in part
            assert meanings(config)[key] in part.replace("\\|", "|")


def test_every_link_of_the_recipe_page_leads_somewhere(pages: ModuleType) -> None:
    page = pages.page_recipe.page()
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ")).lower() for line in page.splitlines() if line.startswith("#")}
    links = set(re.findall(r"\]\(#([^)]*)\)", page))
    assert links
    assert links <= headings


def test_a_recipe_stands_with_what_its_beam_gains_and_its_near_ties(pages: ModuleType) -> None:
    score = {"value": 30.0, "low": 29.0, "high": 31.25}
    both = {"bleu": score, "chrf": score}
    row = dict.fromkeys(pages.page_search.COLUMNS.values(), 0) | {"name": "beam 1"}
    trials = {"a": {"near_ties": 2, "changed": 0}, "b": {"near_ties": 1, "changed": 3}}
    recipe = {
        "name": "search-toy-recipe",
        "commands": ["train", "search"],
        "scores": {"greedy": both, "beam 5": both},
        "gained": {"value": 1.5, "low": -0.5, "high": 3.5},
        "certificate": {"examples": 500, "trials": {"float32": trials}},
        "study": {
            "sentences": 9,
            "sentences_in_all": 1000,
            "budget": 50,
            "studies": [{"searches": []}, {"searches": [row]}],
        },
    }
    alone = pages.page_search.page(pages.page_search.read(ROOT / "results"))
    page = pages.page_search.page(pages.page_search.read(ROOT / "results"), [recipe])
    assert "On real data" not in alone
    ranged = "30.00 (29.00 to 31.25)"
    assert f"| `toy-recipe` | {ranged} | {ranged} | +1.50 (-0.50 to +3.50) | 30.00 | 30.00 |" in page
    assert "| `toy-recipe` | 9 of 1,000, budget 50 | beam 1 |" in page
    assert "| `toy-recipe` | 500 | 2 | 3 |" in page
    assert page.endswith("```\ntrain\nsearch\n```\n")
