"""Sentences that break their tag scheme are counted, and the count reaches everybody who looks at the run."""

from seqweave.cli.app import run as seqweave
from seqweave.core.emitter import to_yaml
from seqweave.recipes.folder import RunFolder

SOUND = "Anna B-PER\nSmith I-PER\nsaw O\nBern B-LOC\n"
BROKEN = "she O\nsaw O\nBern I-LOC\n"
MODEL = {
    "embed": [{"kind": "words", "dim": 4}],
    "encoder": {"kind": "gru", "hidden": 4},
    "head": {"kind": "crf"},
}


def test_broken_sentences_are_counted_in_receipt_report_and_messages(tmp_path, capsys):
    (tmp_path / "train.conll").write_text("\n".join([SOUND] * 40 + [BROKEN] * 3), "utf-8")
    (tmp_path / "dev.conll").write_text("\n".join([BROKEN] + [SOUND] * 5), "utf-8")
    data = {"train": "train.conll", "dev": "dev.conll", "scheme": "iob2", "cache": "off"}
    recipe = {"task": "tagging", "data": data, "model": MODEL, "training": {"epochs": 1}}
    (tmp_path / "recipe.yaml").write_text(to_yaml(recipe), "utf-8")
    assert seqweave(["train", str(tmp_path / "recipe.yaml"), "--run", str(tmp_path / "run")]) == 0
    told, run = capsys.readouterr().err, RunFolder(tmp_path / "run")
    receipt, page = run.read("receipt.json"), run.report.read_text("utf-8")
    found = [(n["where"], n["count"]) for n in receipt["notices"] if n["code"] == "W-SCHEME-01"]
    assert found == [("train.conll:203", 3), ("dev.conll:3", 1)]
    assert receipt["parts"] == {"train": 43, "dev": 6}, "a broken sentence is trained on and judged like any other"
    for what in ("3 of 43 sentences break their tag scheme iob2", "1 of 6 sentences break their tag scheme iob2"):
        assert what in page
        assert what in told
    assert "<code>W-SCHEME-01, 3×</code>" in page
    assert "<code>W-SCHEME-01</code>" in page
