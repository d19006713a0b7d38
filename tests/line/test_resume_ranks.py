"""Two processes under torchrun (gloo) train the network that one process trains, and one goes on where two stopped."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load

TOY = Path(__file__).with_name("toy_training.py")
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def toy():
    spec = importlib.util.spec_from_file_location("toy_training", TOY)
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy_training"] = module
    spec.loader.exec_module(module)
    return module


def train_by_two(folder, epochs):
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [sys.executable, *launcher, str(TOY), "run", str(folder), str(epochs)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=240)
    assert not done.returncode, done.stderr
    assert "unused parameters" not in done.stderr


def losses(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


@pytest.mark.loopback
def test_two_ranks_train_the_same_network_and_one_resumes_it(toy, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    toy.run(one, 2, dropout=0.0)
    train_by_two(two, 2)
    assert losses(two) == pytest.approx(losses(one), abs=TOLERANCE)
    _assert_close(one, two)
    states = load((max((two / "checkpoints").iterdir()) / "state.safetensors").read_bytes())["random:cpu"]
    assert len(states) == 2, "the random state of both ranks is saved"
    for folder in (one, two):
        toy.run(folder, 4, dropout=0.0)
    assert losses(two) == pytest.approx(losses(one), abs=TOLERANCE)
    _assert_close(one, two)
    timing = [json.loads(line) for line in (two / "timing.jsonl").read_text().splitlines()]
    assert ["W-RESUME-01" in line["text"] for line in timing if line["event"] == "notice"] == [True]


def _assert_close(one, two):
    ours, theirs = (load((folder / "model.safetensors").read_bytes()) for folder in (one, two))
    assert set(ours) == set(theirs)
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=0, atol=TOLERANCE)
