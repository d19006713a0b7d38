"""What is to be asked of a GPU can be asked: the same, of tiny sizes, where there is none."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest
import torch


def test_every_question_is_answered(
    gpu: ModuleType, lm_train: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lm_train, "WORDS", 50)
    monkeypatch.setattr(lm_train, "TOKENS", 9000)
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--small", "--rounds", "1"])
    gpu.main()
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = ["bench-gpu-qrnn-layer", "bench-gpu-scan", "bench-gpu-awd-epoch"]
    assert [record["name"] for record in records] == names
    assert all(record["ratio"] > 0 for record in records)
    assert list(records[0]["details"]) == ["B1 T4 H8"]


def test_without_a_gpu_it_says_so(gpu: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    with pytest.raises(SystemExit):
        gpu.main()
