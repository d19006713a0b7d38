import pytest
from rich.cells import cell_len

from seqweave.cli.tables import print_scores, print_spreads, print_table

SCORES = {
    "data": "test",
    "examples": 1234,
    "scores": {name: {"value": 100.0, "low": 99.5, "high": 100.0} for name in ("accuracy", "calibration_error")},
    "baselines": {
        "most frequent label": {"accuracy": {"value": 50.0}},
        "linear bag of n-grams": {"accuracy": {"value": 58.41}},
    },
}


@pytest.mark.parametrize("width", [80, 120])
def test_scores_fit_and_break_no_number(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    print_scores(SCORES)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert any("calibration_error" in line and "99.50 to 100.00" in line for line in lines)
    assert "58.41" in "".join(lines)
    assert lines[0] == "test: 1,234 examples"


def test_the_perplexity_of_a_model_that_diverged_stands_on_one_line(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    score = {"value": 1.0142320547350045e304, "low": 1e300, "high": float("1e304")}
    print_scores({**SCORES, "scores": {"perplexity": score}, "baselines": {"unigram": {"perplexity": {"value": 38.0}}}})
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert any("1.01e+304" in line and "1.00e+300 to 1.00e+304" in line and "38.00" in line for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_only_columns_of_text_are_broken(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    print_table("title", ["name", "meaning", "count"], [("bidirectional", "a word " * 30, "1,234,567")], text=2)
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines())) <= width
    assert "bidirectional" in out
    assert "1,234,567" in out
    assert out.count("a word") + out.count("word") >= 30


def test_many_numbers_stand_closer_together_before_one_is_broken(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    names = ["search", "score", "search errors", "model errors", "right", "BLEU", "length", "lower", "empty", "proven"]
    cells = ["beam 10", "-0.283", "25", "52", "26", "51.5", "1.024", "1,000", "100", "889"]
    print_table("", names, [cells])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert next(line for line in lines if "beam" in line).split() == " ".join(cells).split()
    assert sorted(" ".join(lines[:2]).split()) == sorted(" ".join(names).split())


def test_cells_are_text_and_no_markup(capsys):
    print_table("", ["a"], [("[red]x[/red]",)])
    assert "[red]x[/red]" in capsys.readouterr().out


def test_a_single_run_is_told_as_such_and_not_as_a_spread_of_nothing(capsys):
    print_spreads("test", [1], {"f1": {"mean": 91.25, "spread": None, "runs": [91.25]}})
    printed = capsys.readouterr().out
    assert "one run" in printed
    assert "0.00" not in printed
