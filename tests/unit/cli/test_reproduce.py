"""What `seqweave reproduce` says when it is done."""

import pytest
from rich.cells import cell_len

from seqweave.cli import reproduce

RESULT = {
    "name": "conll2000-chunk",
    "system": "BiLSTM-CRF, words, affixes and characters, no part-of-speech tags, from scratch",
    "metric": "group_accuracy",
    "published": {"value": 94.46},
    "measured": {"mean": 93.5, "spread": 0.1, "intervals": [[92.75, 94.25]]},
    "baseline": {"value": 71.0, "name": "most frequent tag"},
}


@pytest.mark.parametrize("width", [60, 80])
def test_published_stands_beside_measured_and_no_word_is_broken(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    reproduce._print([RESULT, {**RESULT, "name": "other", "published": {"value": None}}], json=False)
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines())) <= width
    words = ["metric", "group_accuracy", "published", "94.46", "measured", "93.50", "±", "0.10", "baseline", "71.00"]
    assert [word for word in out.split() if word in words][: len(words)] == words
    assert "71.00 (most frequent tag)" in out


def test_one_result_is_one_object(capsys):
    reproduce._print([RESULT], json=True)
    assert capsys.readouterr().out.startswith('{"name": "conll2000-chunk"')
