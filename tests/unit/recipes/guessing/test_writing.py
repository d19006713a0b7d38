from seqweave.core.nodes import parse
from seqweave.recipes.guessing.writing import WIDTH, Chosen, Section, commented


def test_comments_change_no_value():
    values = {"task": "tagging", "data": {"format": "csv", "delimiter": "#", "embed": [{"kind": "words", "dim": 3}]}}
    parts = [
        Chosen("task", "tagging", "Why: not? # a comment's own mark"),
        Section("data", [Chosen(key, value, "a reason " * 40) for key, value in values["data"].items()], "read: this"),
    ]
    text = commented("head\nof two lines", parts)
    assert parse(text.encode(), "recipe").values == values
    assert text.startswith("# head\n# of two lines\n")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.replace("\n  # ", " ").count("a reason a reason") == 3 * 20


def test_a_reason_stands_right_above_its_value():
    lines = commented("", [Section("data", [Chosen("train", "a.csv", "the file")])]).splitlines()
    assert lines == ["", "data:", "  # the file", "  train: a.csv"]
