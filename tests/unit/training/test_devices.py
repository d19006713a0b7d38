import sys

import pytest
import torch
from torch import nn

from seqweave.training.devices import Devices, relaunch


def test_one_process_is_one_rank():
    devices = Devices(cpu=True)
    assert (devices.rank, devices.world, devices.first, devices.device.type) == (0, 1, True, "cpu")
    values = torch.tensor([1.0, 2.0])
    assert devices.sum(values) is values
    assert devices.gathered(values).tolist() == [[1.0, 2.0]]
    assert devices.told([3.0]) == [3.0]


def test_wrapping_on_one_rank_adds_nothing():
    module = nn.Linear(2, 2)
    devices = Devices(cpu=True)
    assert devices.wrap(module) is module
    with devices.unsynchronised(module), devices.autocast():
        assert module(torch.zeros(1, 2)).dtype is torch.float32


def test_a_failure_of_the_first_rank_comes_out():
    with Devices(cpu=True).alone() as mine:
        assert mine
    with pytest.raises(KeyError), Devices(cpu=True).alone():
        raise KeyError


def test_relaunch_starts_the_same_command_under_torchrun():
    lines = []
    assert relaunch(3, ["-m", "seqweave", "train", "r.yaml"], lambda line: lines.append(line) or 7) == 7
    assert relaunch(2, ["script.py", "x"], lambda line: lines.append(line) or 0) == 0
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    assert lines == [
        [*start, "--nproc-per-node=3", "--module", "--", "seqweave", "train", "r.yaml"],
        [*start, "--nproc-per-node=2", "--", "script.py", "x"],
    ]
