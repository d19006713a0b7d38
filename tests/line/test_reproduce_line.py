"""A shipped recipe reproduced from a folder of data: the record it leaves, and the runs where they are wanted."""

import json

from seqweave.cli.app import run
from seqweave.recipes.guessing import generated

QUICK = ("-o", "training.epochs=1", "-o", "data.cache=off")


def test_what_is_measured_is_written_and_its_runs_are_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generated, "LABORATORY_SIZES", {"train": 60, "dev": 20, "test": 20})
    init = ["init", "classification", "--laboratory", "--output", str(tmp_path / "lab.yaml")]
    assert run(init) == 0
    kept = tmp_path / "kept"
    ask = ["reproduce", "lab-classification", "--data", str(tmp_path / "lab-data"), "--seeds", "1,2", *QUICK]
    assert run([*ask, "--keep", str(kept), "--output", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((tmp_path / "lab-classification.json").read_text("utf-8"))
    assert "--keep" not in found["command"], "where runs lie changes no number"
    for seed, value, interval in zip((1, 2), found["measured"]["runs"], found["measured"]["intervals"], strict=True):
        scores = json.loads((kept / f"seed-{seed}" / "scores.json").read_text("utf-8"))["test"]["scores"]
        one = scores[found["metric"]]
        assert [round(one[key], 3) for key in ("value", "low", "high")] == [value, *interval]
        assert scores.keys() == found["scores"].keys()
    assert run([*ask, "--keep", str(kept), "--output", str(tmp_path)]) == 2, "a folder that holds something is refused"
